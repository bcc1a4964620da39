//! Types of the user's own, named so that one error says what they lack: `mtl_core::own` has the other half.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::parse::Parser;

use crate::custom::Custom;
use crate::size::{self, Dim};

use super::size::generic_argument;

/// An activation's type, or a stand-in.
pub(crate) fn activation(path: &TokenStream, mtl: &TokenStream) -> TokenStream {
    either(path, &quote!(#mtl::__private::activation::Linear), &probe(path, &quote!(0), &quote!(0), "ACTIVATION", mtl), mtl)
}

/// A type that says how many values it takes and gives: a layer's, or a stand-in.
pub(crate) fn shape(path: &TokenStream, mtl: &TokenStream) -> TokenStream {
    either(path, &absent(0, mtl), &shape_probe(path, mtl), mtl)
}

/// A layer's type, or a stand-in.
pub(crate) fn layer(custom: &Custom, input: &Dim, mtl: &TokenStream) -> TokenStream {
    let path = &custom.path.0;
    // Nothing can be found out about a type that depends on the const generics of the struct.
    if size::is_generic(input) {
        return path.clone();
    }
    let (input, output) = (generic_argument(input, mtl), output(path, mtl));
    either(path, &absent(arguments(custom), mtl), &probe(path, &input, &output, "LAYER", mtl), mtl)
}

/// A loss's type, or a stand-in.
pub(crate) fn loss(custom: &Custom, outputs: &Dim, mtl: &TokenStream) -> TokenStream {
    let path = &custom.path.0;
    if size::is_generic(outputs) {
        return path.clone();
    }
    let outputs = generic_argument(outputs, mtl);
    either(path, &absent(arguments(custom), mtl), &probe(path, &outputs, &quote!(0), "LOSS", mtl), mtl)
}

/// The value of a layer or loss: `kind` is its type or the stand-in. What is wrong with `new` rustc says at the user's path, and once.
pub(crate) fn value(custom: &Custom, kind: &TokenStream) -> TokenStream {
    let span = Span::call_site().located_at(first_span(&custom.path.0));
    let arguments = &custom.arguments.0;
    quote_spanned!(span=> const { <#kind>::new(#arguments) })
}

/// Where tokens of the user's begin.
pub(crate) fn first_span(tokens: &TokenStream) -> Span {
    tokens.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}

pub(crate) fn shape_probe(path: &TokenStream, mtl: &TokenStream) -> TokenStream {
    probe(path, &quote!(0), &quote!(0), "SHAPE", mtl)
}

/// How many values a layer gives, as a generic argument.
pub(crate) fn output(path: &TokenStream, mtl: &TokenStream) -> TokenStream {
    let shape = shape(path, mtl);
    quote!({ <#shape as #mtl::__private::layer::Shape>::OUTPUT })
}

/// A block that says whether a type has a trait.
pub(crate) fn probe(subject: &TokenStream, input: &TokenStream, output: &TokenStream, what: &str, mtl: &TokenStream) -> TokenStream {
    let what = Ident::new(what, Span::call_site());
    quote! {{
        #[allow(unused_imports)]
        use #mtl::__private::own::Otherwise as _;
        #mtl::__private::own::Probe::<#subject, #input, #output>::#what
    }}
}

pub(crate) fn either(path: &TokenStream, stand_in: &TokenStream, first: &TokenStream, mtl: &TokenStream) -> TokenStream {
    quote!(<#mtl::__private::own::Either<#path, #stand_in, #first> as #mtl::__private::own::Chosen>::Type)
}

pub(crate) fn absent(arguments: usize, mtl: &TokenStream) -> TokenStream {
    quote!(#mtl::__private::own::Absent<#arguments>)
}

fn arguments(custom: &Custom) -> usize {
    let parser = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
    parser.parse2(custom.arguments.0.clone()).map_or(0, |arguments| arguments.len())
}

/// The facade's path as if it were written at `span`: an error in a call through it stands there, and not under the whole macro.
pub(crate) fn located(mtl: &TokenStream, span: Span) -> TokenStream {
    mtl.clone()
        .into_iter()
        .map(|mut token| {
            token.set_span(token.span().located_at(span));
            token
        })
        .collect()
}

/// How many categories a type has. Where it has none, that is an error on its path.
pub(crate) fn count_of_categories(path: &TokenStream, facade: &TokenStream) -> TokenStream {
    let span = path.clone().into_iter().next().map_or_else(Span::call_site, |first| first.span());
    let mtl = located(facade, span);
    quote_spanned!(span=> <#path as #mtl::__private::Category>::COUNT)
}
