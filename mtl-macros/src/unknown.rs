//! A type that takes anything: what stands for a type that a mistake hides.
//!
//! To rustc the type of the items of an array whose length is a mistake is a mistake too, and of such a type it believes everything: code that
//! uses it gets no error of its own. The length is the `compile_error!` of the first mistake itself, which is told there and nowhere else.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Expr, File, Generics, ImplItem, Item, ItemImpl, Macro, ReturnType, Stmt, Type, Visibility};

use crate::case::{camel, plain};
use crate::codegen::type_suffixes;
use crate::diagnostic::Diagnostic;

/// What cannot be known of a model with mistakes.
#[derive(Default)]
pub(crate) struct Unknown {
    /// The inputs, heads and blocks, by their names.
    pub(crate) inputs: BTreeSet<String>,
    pub(crate) heads: BTreeSet<String>,
    pub(crate) blocks: BTreeSet<String>,
    /// The parts, of which nothing is known.
    pub(crate) parts: Vec<Ident>,
    /// Types that may be declared.
    pub(crate) types: Vec<Ident>,
    /// Some of the names are not known.
    pub(crate) names: bool,
}

impl Unknown {
    /// The items of a stand-in for the model `name`, with the type that takes anything in the place of what was made up, and the errors.
    pub(crate) fn hide(&self, items: TokenStream, name: &Ident, generics: &TokenStream, errors: &[Diagnostic]) -> TokenStream {
        let Some((first, others)) = errors.split_first() else { return items };
        let hider = Hider { unknown: self, model: plain(name), length: format_ident!("{name}Unknown", span = Span::call_site()) };
        let parts = self.parts.iter().flat_map(|part| type_suffixes(true).map(move |suffix| format_ident!("{part}{suffix}")));
        let (length, first) = (&hider.length, first.tokens());
        let mut tokens = quote! {
            #[allow(dead_code, non_upper_case_globals)]
            const #length: ::core::primitive::usize = #first;
        };
        tokens.extend(others.iter().map(Diagnostic::tokens));
        tokens.extend(hider.items(items));
        tokens.extend(parts.chain(self.types.iter().cloned()).map(|name| hider.alias(&quote!(pub), &name, generics)));
        tokens
    }
}

struct Hider<'a> {
    unknown: &'a Unknown,
    /// The name of the model.
    model: String,
    /// The constant that is a mistake.
    length: Ident,
}

impl Hider<'_> {
    fn items(&self, tokens: TokenStream) -> TokenStream {
        let Ok(file) = syn::parse2::<File>(tokens.clone()) else { return tokens };
        file.items.into_iter().filter_map(|item| self.item(item)).map(Item::into_token_stream).collect()
    }

    fn item(&self, mut item: Item) -> Option<Item> {
        match &mut item {
            Item::Struct(of) if self.unknown.names => return Some(self.alias_of(&of.vis, &of.ident, &of.generics)),
            Item::Enum(of) if self.unknown.names || self.is_unknown(&of.ident) => return Some(self.alias_of(&of.vis, &of.ident, &of.generics)),
            Item::Struct(of) => {
                let name = of.ident.to_string();
                let fields = match name.strip_prefix(&self.model) {
                    Some("") => &self.unknown.blocks,
                    Some("Inputs") => &self.unknown.inputs,
                    Some("Outputs" | "Targets" | "Report") => &self.unknown.heads,
                    _ => return Some(item),
                };
                // Where none is known, the parameter must be used all the same.
                let anything = self.anything(&of.generics);
                for field in &mut of.fields {
                    if field.ident.as_ref().is_some_and(|name| fields.contains(&plain(name))) {
                        field.ty = anything.clone();
                    }
                }
            }
            // What only the standard library has stands in a macro.
            Item::Macro(of) => self.within_std(&mut of.mac),
            // There is nothing to implement for types that take anything.
            _ if self.unknown.names => return None,
            // What has a body stands in a constant without a name.
            Item::Const(of) => {
                if let Expr::Block(body) = &mut *of.expr {
                    let statements = std::mem::take(&mut body.block.stmts);
                    body.block.stmts = statements
                        .into_iter()
                        .filter_map(|statement| match statement {
                            Stmt::Item(item) => self.item(item).map(Stmt::Item),
                            Stmt::Macro(mut of) => {
                                self.within_std(&mut of.mac);
                                Some(Stmt::Macro(of))
                            }
                            other => Some(other),
                        })
                        .collect();
                }
            }
            Item::Impl(of) => {
                let own = if let Type::Path(own) = &*of.self_ty { own.path.get_ident() } else { None };
                if own.is_some_and(|own| self.is_unknown(own)) {
                    return None;
                }
                self.methods(of);
            }
            _ => {}
        }
        Some(item)
    }

    fn within_std(&self, of: &mut Macro) {
        if of.path.segments.last().is_some_and(|last| last.ident == "with_std") {
            of.tokens = self.items(of.tokens.clone());
        }
    }

    /// Whether it is the enum of the blocks, of which some are not known, or that of the categories of what is not known.
    fn is_unknown(&self, name: &Ident) -> bool {
        let name = name.to_string();
        let Some(ending) = name.strip_prefix(&self.model) else { return false };
        let mut fields = self.unknown.inputs.iter().chain(&self.unknown.heads);
        ending == "Block" && !self.unknown.blocks.is_empty() || fields.any(|field| camel(field) == ending)
    }

    /// `predict_price` of a head `price` gives what is not known.
    fn methods(&self, of: &mut ItemImpl) {
        for item in &mut of.items {
            if let ImplItem::Fn(method) = item
                && let Some(head) = method.sig.ident.to_string().strip_prefix("predict_")
                && self.unknown.heads.contains(head)
            {
                method.sig.output = ReturnType::Type(syn::Token![->](Span::call_site()), Box::new(self.anything(&Generics::default())));
            }
        }
    }

    /// The type that takes anything, over these parameters.
    fn anything(&self, generics: &Generics) -> Type {
        let types = generics.type_params().map(|parameter| &parameter.ident);
        let length = &self.length;
        Type::Verbatim(quote!(<[(#(#types,)*); #length] as ::core::iter::IntoIterator>::Item))
    }

    fn alias_of(&self, visibility: &Visibility, name: &Ident, generics: &Generics) -> Item {
        let (visibility, generics) = (visibility.to_token_stream(), generics.params.to_token_stream());
        Item::Verbatim(self.alias(&visibility, name, &generics))
    }

    fn alias(&self, visibility: &TokenStream, name: &Ident, generics: &TokenStream) -> TokenStream {
        let anything = self.anything(&syn::parse2(quote!(<#generics>)).unwrap_or_default());
        quote! {
            #[allow(dead_code)]
            #visibility type #name<#generics> = #anything;
        }
    }
}
