//! Names of generated code that nothing around it can be taken for.
//!
//! A macro's items are looked up where it is called, and so are its bindings: beside a `const values: usize` every `let values` would be a
//! pattern. Therefore
//!
//! * all code with bindings stands in one `const _: () = { .. }`, which imports a function by the name of each ([`imports`]): it hides what
//!   is outside, and a binding may hide a function;
//! * the bindings begin with two underscores ([`BINDINGS`]), and those that users read get them where the declaration says the word
//!   ([`Plan::free`]): within that constant a word of the user's means what it means outside;
//! * types of the language have their path, `::core::primitive::f32`, a generic as an argument has its braces, and what could be a
//!   method of a trait in scope is called by its path.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};

use super::plan::Plan;

/// The bindings within generated bodies.
const BINDINGS: &[&str] = &[
    "__affine",
    "__before",
    "__cells",
    "__collected",
    "__column",
    "__columns",
    "__error",
    "__field",
    "__fields",
    "__fits",
    "__float",
    "__forgets",
    "__formatter",
    "__from",
    "__function",
    "__gradient",
    "__gradients",
    "__head",
    "__heads",
    "__labels",
    "__loss",
    "__losses",
    "__low",
    "__model",
    "__moments",
    "__normalizer",
    "__number",
    "__numbers",
    "__observe",
    "__output",
    "__outputs",
    "__parameters",
    "__pass",
    "__prediction",
    "__ranges",
    "__row",
    "__sample_weights",
    "__scale",
    "__scales",
    "__spoiled",
    "__stage",
    "__statistics",
    "__sums",
    "__take",
    "__target",
    "__targets",
    "__text",
    "__to",
    "__total",
    "__unknown",
    "__values",
];

/// Names of generated code beside its bindings: generics, modules, and fields that are not for users.
const OTHERS: &[&str] = &[
    "__COLUMNS",
    "__D",
    "__R",
    "__S",
    "__activation",
    "__every_field",
    "__every_field_is_any_bits",
    "__every_field_is_zeroable",
    "__init",
    "__is_a_struct",
    "__kernel",
    "__layer",
    "__mentioned",
    "__no_head",
    "__no_input",
    "__phantom",
    "__private",
    "__stand_in",
    "__unnamed",
    "__value",
];

/// The parameters of methods that users call, as they read them.
const READ: &[&str] = &["inputs", "outputs", "rng", "tile", "dataset", "model", "names", "cells", "combined_loss"];

/// What the names of a model's types end with, beside `<block>Block` and `<head>Report`.
pub(crate) fn type_suffixes(int8: bool) -> impl Iterator<Item = &'static str> {
    const SUFFIXES: &[&str] = &[
        "",
        "Inputs",
        "Outputs",
        "Targets",
        "Losses",
        "Values",
        "ValueGradients",
        "TargetColumns",
        "Statistics",
        "Report",
        "Sizes",
        "Collected",
        "Block",
        "Head",
        "Int8",
        "Int8Values",
    ];
    SUFFIXES.iter().copied().filter(move |suffix| int8 || !suffix.starts_with("Int8"))
}

/// Whether a word of a declaration would be taken for one of the generated code.
pub(crate) fn is_kept(word: &str) -> bool {
    BINDINGS.contains(&word) || OTHERS.contains(&word)
}

/// All words of a declaration.
pub(crate) fn words(tokens: TokenStream) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let mut rest = vec![tokens];
    while let Some(tokens) = rest.pop() {
        for token in tokens {
            match token {
                TokenTree::Ident(word) => drop(words.insert(word.to_string())),
                TokenTree::Group(group) => rest.push(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
    words
}

impl Plan<'_> {
    /// A name that the declaration does not use: `name` itself, or one with underscores before it.
    pub(super) fn free(&self, name: &str) -> Ident {
        free(&self.graph.words, name)
    }
}

pub(super) fn free(words: &BTreeSet<String>, name: &str) -> Ident {
    let mut name = name.to_owned();
    while words.contains(&name) || is_kept(&name) {
        name.insert(0, '_');
    }
    Ident::new(&name, Span::call_site())
}

/// What the constant around all bodies begins with.
pub(super) fn imports(plan: &Plan<'_>) -> TokenStream {
    let mtl = plan.mtl;
    let bindings = BINDINGS.iter().map(|name| format_ident!("{name}")).chain(READ.iter().map(|name| plan.free(name)));
    quote! {
        #[allow(unused_imports)]
        use #mtl::__private::{
            activation as __activation, init::Initializer as __init, kernel as __kernel, layer as __layer, model as __model,
            #(binding as #bindings,)*
        };
    }
}
