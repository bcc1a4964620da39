//! The user's constants under names of the generated code: `PatientSizes::RECORD`.
//!
//! A constant is needed in a hundred places. It stands in one of them as it was written, so that a mistake in it is one error.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote_spanned};

use crate::emit::own::first_span;
use crate::size::{Constant, Tokens};

/// What each constant is called, in the order of the source.
#[derive(Clone, Default)]
pub(crate) struct NamedSizes {
    /// The type that has them: `PatientSizes`.
    pub(crate) owner: Option<Ident>,
    pub(crate) sizes: Vec<(Ident, Tokens)>,
}

impl NamedSizes {
    pub(crate) fn new(model: Option<&Ident>) -> Self {
        Self { owner: model.map(|model| format_ident!("{model}Sizes", span = Span::call_site())), sizes: Vec::new() }
    }

    /// The constant that is written like this.
    pub(crate) fn constant(&mut self, written: Tokens) -> Constant {
        let Some(owner) = self.owner.clone() else { return Constant { path: written.clone(), written } };
        let known = self.sizes.iter().find(|(_, tokens)| *tokens == written).map(|(name, _)| name.clone());
        let name = known.unwrap_or_else(|| {
            let name = self.free(&name(&written.0).unwrap_or_else(|| format!("SIZE{}", self.sizes.len() + 1)));
            self.sizes.push((name.clone(), written.clone()));
            name
        });
        // As if it stood where the user wrote the constant: there rustc shows what goes wrong with its value.
        let span = Span::call_site().located_at(first_span(&written.0));
        let (owner, name) = (located(owner, span), located(name, span));
        Constant { path: Tokens(quote_spanned!(span=> #owner::#name)), written }
    }

    fn free(&self, name: &str) -> Ident {
        let is_taken = |name: &str| self.sizes.iter().any(|(taken, _)| taken == name);
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let name = std::iter::once(name.to_owned()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_default();
        Ident::new(&name, Span::call_site())
    }
}

/// The last word of a path: `WIDTH` of `crate::WIDTH`.
fn name(written: &TokenStream) -> Option<String> {
    let mut last = None;
    for token in written.clone() {
        match token {
            TokenTree::Ident(word) => last = Some(word.to_string()),
            TokenTree::Punct(colon) if colon.as_char() == ':' => {}
            TokenTree::Punct(_) | TokenTree::Group(_) | TokenTree::Literal(_) => return None,
        }
    }
    last.filter(|name| syn::parse_str::<Ident>(name).is_ok() && !name.starts_with("r#"))
}

fn located(mut name: Ident, span: Span) -> Ident {
    name.set_span(span);
    name
}
