//! The names of a model's blocks and heads as types: `PatientBlock::Body`, `PatientHead::Health`.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::case::{camel, plain};

use super::Items;
use super::plan::Plan;

/// The type of the blocks' names: `PatientBlock::Body`.
pub(super) fn blocks(plan: &Plan<'_>) -> Items {
    let (mtl, generics, model, name) = (plan.mtl, plan.impl_generics(), plan.model_type(), plan.type_name("Block"));
    let blocks: Vec<&Ident> = plan.graph.blocks.iter().map(|block| &block.name).collect();
    if blocks.is_empty() {
        return Items::default();
    }
    let doc = format!("The blocks of a [`{}`], to freeze them or to give them learning rates of their own.", plan.graph.name);
    let types = enumeration(plan, &name, &doc, "block", &blocks);
    let (variants, texts) = (blocks.iter().map(|block| variant(block)), blocks.iter().map(|block| plain(block)));
    let bodies = quote! {
        #[automatically_derived]
        impl<#generics> #mtl::__private::model::BlockName<#model> for #name {
            fn name(self) -> &'static ::core::primitive::str {
                match self { #(Self::#variants => #texts,)* }
            }
        }
    };
    Items { types, bodies }
}

/// The type of the heads' names: `PatientHead::Health`, whose number is the head's.
pub(super) fn heads(plan: &Plan<'_>) -> Items {
    let (mtl, generics, model, name) = (plan.mtl, plan.impl_generics(), plan.model_type(), plan.type_name("Head"));
    let heads: Vec<&Ident> = plan.graph.heads.iter().map(|head| &head.name).collect();
    let doc = format!("The heads of a [`{}`], in the order of declaration, to name them where they are trained and looked at.", plan.graph.name);
    let types = enumeration(plan, &name, &doc, "head", &heads);
    let (variants, texts) = (heads.iter().map(|head| variant(head)), heads.iter().map(|head| plain(head)));
    let bodies = quote! {
        #[automatically_derived]
        impl ::core::convert::AsRef<::core::primitive::str> for #name {
            fn as_ref(&self) -> &::core::primitive::str {
                match self { #(Self::#variants => #texts,)* }
            }
        }
        #[automatically_derived]
        impl<#generics> #mtl::__private::model::HeadName<#model> for #name {}
    };
    Items { types, bodies }
}

/// One variant a name, in their order.
fn enumeration(plan: &Plan<'_>, name: &Ident, doc: &str, what: &str, names: &[&Ident]) -> TokenStream {
    let visibility = &plan.graph.visibility;
    let (docs, variants) = (names.iter().map(|name| format!("The {what} `{}`.", plain(name))), names.iter().map(|name| variant(name)));
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
        #[allow(dead_code, clippy::all, clippy::pedantic)]
        #visibility enum #name { #(#[doc = #docs] #variants,)* }
    }
}

/// A name as a variant. `self_` would become the one word in camel case that Rust keeps for itself.
fn variant(name: &Ident) -> Ident {
    let camel = camel(&plain(name));
    let camel = if camel == "Self" { "Self_".to_owned() } else { camel };
    Ident::new(&camel, name.span())
}
