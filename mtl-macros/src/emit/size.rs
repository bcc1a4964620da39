//! Sizes and numbers as tokens.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::number::Number;
use crate::size::{self, Dim, Tokens};

use super::own;

/// A size as an expression of type `usize`.
pub(crate) fn size(dim: &Dim, mtl: &TokenStream) -> TokenStream {
    match dim {
        Dim::Literal(value) => {
            let literal = Literal::usize_suffixed(*value);
            quote!(#literal)
        }
        Dim::Constant(constant) => constant.path.0.clone(),
        Dim::Generic(name) => quote!(#name),
        Dim::Sum(terms) => {
            let terms = terms.iter().map(|term| size(term, mtl));
            quote!((#(#terms)+*))
        }
        Dim::Product(factors) => {
            // `quote!` does not take `*` as a separator.
            let mut product = TokenStream::new();
            for (number, factor) in factors.iter().enumerate() {
                if number > 0 {
                    product.extend(quote!(*));
                }
                product.extend(size(factor, mtl));
            }
            quote!((#product))
        }
        Dim::Places { along, size, stride, padded } => {
            let (along, size, stride) = (self::size(along, mtl), self::size(size, mtl), self::size(stride, mtl));
            quote!(#mtl::__private::layer::places(#along, #size, #stride, #padded))
        }
        Dim::OutputOf(path) => {
            let shape = own::shape(&path.0, mtl);
            quote!(<#shape as #mtl::__private::layer::Shape>::OUTPUT)
        }
    }
}

/// A size as a generic argument or an array length.
pub(crate) fn argument(dim: &Dim, mtl: &TokenStream) -> TokenStream {
    match dim {
        Dim::Literal(_) => size(dim, mtl),
        // Without its braces a type of that name would be meant.
        Dim::Generic(name) => quote!({ #name }),
        Dim::Constant(constant) => {
            let path = &constant.path.0;
            quote!({ #path })
        }
        Dim::Sum(_) | Dim::Product(_) | Dim::Places { .. } | Dim::OutputOf(_) => {
            let size = size(dim, mtl);
            quote!({ #size })
        }
    }
}

/// A size in words, for docs: `64`, `RECORD`, `RECORD + 64`.
pub(crate) fn words(dim: &Dim) -> String {
    match dim {
        Dim::Literal(value) => value.to_string(),
        Dim::Constant(constant) => constant.written.0.to_string().replace(" :: ", "::"),
        Dim::Generic(name) => name.to_string(),
        Dim::Sum(terms) => terms.iter().map(words).collect::<Vec<_>>().join(" + "),
        Dim::Product(factors) => factors
            .iter()
            .map(|factor| if matches!(factor, Dim::Sum(_)) { format!("({})", words(factor)) } else { words(factor) })
            .collect::<Vec<_>>()
            .join(" * "),
        Dim::Places { .. } => size::text(dim),
        Dim::OutputOf(path) => format!("{}::OUTPUT", path.0.to_string().replace(' ', "")),
    }
}

/// A real number as an expression of type `f64`.
pub(crate) fn number(number: &Number) -> TokenStream {
    match number {
        Number::Literal(value) => {
            let literal = Literal::f64_suffixed(*value);
            quote!(#literal)
        }
        // All of it stands at the user's token, so that what rustc says about a constant of another type stands there, and once.
        Number::Expression(tokens) => {
            let tokens = &tokens.0;
            let span = Span::call_site().located_at(own::first_span(tokens));
            quote_spanned!(span=> { (#tokens) as ::core::primitive::f64 })
        }
    }
}

/// A whole number as an expression of type `usize`.
pub(crate) fn count(number: &Number) -> TokenStream {
    match number {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a whole number")]
        Number::Literal(value) => {
            let literal = Literal::usize_suffixed(*value as usize);
            quote!(#literal)
        }
        Number::Expression(tokens) => {
            let tokens = &tokens.0;
            quote!({ (#tokens) as ::core::primitive::usize })
        }
    }
}

/// As an argument among generics.
pub(crate) fn generic_argument(dim: &Dim, facade: &TokenStream) -> TokenStream {
    match dim {
        Dim::Generic(name) => quote!({ #name }),
        Dim::Constant(constant) => {
            let path = &constant.path.0;
            quote!({ #path })
        }
        other => {
            let value = expression(other, facade);
            quote!({ #value })
        }
    }
}

fn expression(dim: &Dim, facade: &TokenStream) -> TokenStream {
    let joined = |dims: &[Dim], operator: TokenStream| {
        let mut tokens = TokenStream::new();
        for (index, dim) in dims.iter().enumerate() {
            if index > 0 {
                tokens.extend(operator.clone());
            }
            let value = expression(dim, facade);
            tokens.extend(quote!((#value)));
        }
        tokens
    };
    match dim {
        Dim::Literal(value) => quote!(#value),
        Dim::Constant(constant) => constant.path.0.clone(),
        Dim::Generic(name) => quote!(#name),
        Dim::Sum(terms) => joined(terms, quote!(+)),
        Dim::Product(factors) => joined(factors, quote!(*)),
        Dim::Places { along, size, stride, padded } => {
            let (along, size, stride) = (expression(along, facade), expression(size, facade), expression(stride, facade));
            quote!(#facade::__private::layer::places(#along, #size, #stride, #padded))
        }
        Dim::OutputOf(Tokens(path)) => {
            let shape = own::shape(path, facade);
            quote!(<#shape as #facade::__private::layer::Shape>::OUTPUT)
        }
    }
}
