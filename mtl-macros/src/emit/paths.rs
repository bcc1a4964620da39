//! What the runtime's modules are called in generated code.

use proc_macro2::TokenStream;
use quote::quote;

/// How the runtime's modules are called where code stands.
///
/// What is written once for each layer calls them by a short name, which one `use` around all bodies declares: the expansion of a
/// deep model is half as long for it, and the time to compile follows its length.
pub(crate) struct Paths {
    pub(crate) layer: TokenStream,
    pub(crate) activation: TokenStream,
    pub(crate) initializer: TokenStream,
    pub(crate) kernel: TokenStream,
    pub(crate) model: TokenStream,
}

impl Paths {
    pub(crate) fn absolute(mtl: &TokenStream) -> Self {
        Self {
            layer: quote!(#mtl::__private::layer),
            activation: quote!(#mtl::__private::activation),
            initializer: quote!(#mtl::__private::init::Initializer),
            kernel: quote!(#mtl::__private::kernel),
            model: quote!(#mtl::__private::model),
        }
    }

    pub(crate) fn local() -> Self {
        Self {
            layer: quote!(__layer),
            activation: quote!(__activation),
            initializer: quote!(__init),
            kernel: quote!(__kernel),
            model: quote!(__model),
        }
    }
}
