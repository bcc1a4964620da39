//! `#[column = ".."]`: what tables call an input, a head or one of its columns.

use proc_macro2::TokenStream;

use super::Parser;
use super::header::place_of;
use crate::ast::Title;

/// The attributes before a statement or a column.
#[derive(Default)]
pub(super) struct Attributes {
    /// Those that go on to the generated code.
    pub(super) kept: TokenStream,
    pub(super) title: Option<Title>,
}

impl Parser<'_> {
    /// Takes `#[column = ".."]` out.
    pub(super) fn title(&mut self, attributes: impl IntoIterator<Item = TokenStream>) -> Attributes {
        let mut taken = Attributes::default();
        for tokens in attributes {
            let parsed = syn::parse::Parser::parse2(syn::Attribute::parse_outer, tokens.clone()).ok().and_then(|mut parsed| parsed.pop());
            let Some(attribute) = parsed.filter(|attribute| attribute.path().is_ident("column")) else {
                taken.kept.extend(tokens);
                continue;
            };
            let place = place_of(&tokens);
            let Some(text) = text(&attribute) else {
                self.diagnostics.report(place, "`#[column]` takes one text: what tables call it", "write `#[column = \"age_decades\"]`");
                continue;
            };
            if text.trim().is_empty() {
                self.diagnostics.report(place, "this `#[column]` is empty", "write what tables call it, or take it out");
            } else if text.matches("{}").count() > 1 {
                self.diagnostics.report(place, "a number can stand in one place of a title, and this has several `{}`", "leave one of them");
            } else if taken.title.is_some() {
                self.diagnostics.report(place, "`#[column]` stands here twice", "take one of them out");
            } else {
                taken.title = Some(Title { text, place });
            }
        }
        taken
    }
}

/// The text of `#[column = "text"]`.
fn text(attribute: &syn::Attribute) -> Option<String> {
    let syn::Meta::NameValue(pair) = &attribute.meta else { return None };
    match &pair.value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
        // What a macro hands on stands in a group of its own.
        syn::Expr::Group(group) => match &*group.expr {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
