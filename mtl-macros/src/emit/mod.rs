//! What steps and heads are made of, as tokens.

pub(crate) mod own;
mod paths;
pub(crate) mod size;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

pub(crate) use paths::Paths;

use crate::function::Function;
use crate::size::Dim;
use crate::vocabulary::Initializer;

/// How things are called where code stands.
pub(crate) struct Emit<'a> {
    /// The facade's path: `$crate`, or `::mtl`.
    pub(crate) mtl: &'a TokenStream,
    pub(crate) paths: &'a Paths,
    /// The name of the scalar's type parameter.
    pub(crate) scalar: &'a Ident,
}

impl Emit<'_> {
    /// A size as a generic argument or an array length.
    pub(crate) fn argument(&self, dim: &Dim) -> TokenStream {
        size::argument(dim, self.mtl)
    }

    /// A size as an expression of type `usize`.
    pub(crate) fn size(&self, dim: &Dim) -> TokenStream {
        size::size(dim, self.mtl)
    }

    /// The type of an activation.
    pub(crate) fn function(&self, function: &Function) -> TokenStream {
        match function {
            Function::Named(activation) => {
                let (name, module) = (Ident::new(activation.type_name, Span::call_site()), &self.paths.activation);
                quote!(#module::#name)
            }
            Function::Own(_, path) => own::activation(&path.0, self.mtl),
        }
    }

    /// An activation as data.
    pub(crate) fn graph_function(&self, function: &Function) -> TokenStream {
        let (model, activation) = (&self.paths.model, &self.paths.activation);
        match function {
            Function::Named(named) => {
                let name = Ident::new(named.type_name, Span::call_site());
                quote!(#model::graph::Function::Named(#activation::Every::#name))
            }
            Function::Own(_, path) => {
                let path = crate::text::tokens(&path.0);
                quote!(#model::graph::Function::Own(#path))
            }
        }
    }

    pub(crate) fn initializer(&self, initializer: Initializer) -> TokenStream {
        let (name, initializers) = (Ident::new(&initializer.variant(), Span::call_site()), &self.paths.initializer);
        quote!(#initializers::#name)
    }
}
