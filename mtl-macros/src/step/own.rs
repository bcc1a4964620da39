//! A layer of the user's own.

use proc_macro2::TokenStream;
use quote::quote;

use crate::custom::Custom;
use crate::emit::{Emit, own};
use crate::size::{self, Dim, Shape, Tokens};
use crate::text;
use crate::vocabulary::Takes;

use super::{Constant, ConstantValue, Definition, Descriptor, Extent, Rules, Sizes, Tensor, Word};

/// It is written by its path.
pub(super) const WORDS: &[Word] = &[];

#[derive(Clone)]
pub(crate) struct Own(pub(crate) Custom);

impl Definition for Own {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn takes(&self) -> Takes {
        Takes::Vector
    }

    fn shape(&mut self, inputs: &[Shape], rules: &mut dyn Rules) -> Option<Shape> {
        let size = size::product(inputs[0].dims());
        let sized = rules.sized(&self.0.path.0, &size);
        self.0.path = Tokens(sized.clone());
        // The width of a layer that is sized by a const generic cannot be asked for in a type: such a layer keeps it.
        let output = if size::is_generic(&size) { size } else { Dim::OutputOf(Tokens(sized)) };
        Some(Shape::Real(vec![output]))
    }

    fn own(&self) -> Option<&Custom> {
        Some(&self.0)
    }

    fn tensors(&self, _: &Sizes) -> Vec<Tensor> {
        vec![Tensor { extent: Extent::Whole, trainable: true, penalties: [None, None], called: None }]
    }

    fn parameters(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (kind, layer, scalar) = (own::layer(&self.0, sizes.from(), emit.mtl), &emit.paths.layer, emit.scalar);
        let (from, to) = (emit.argument(sizes.from()), emit.argument(&sizes.output.size));
        quote!(<#kind as #layer::Layer<#from, #to, #scalar>>::Parameters)
    }

    fn stack(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (kind, layer, scalar) = (own::layer(&self.0, sizes.from(), emit.mtl), &emit.paths.layer, emit.scalar);
        let (from, to) = (emit.argument(sizes.from()), emit.argument(&sizes.output.size));
        quote!(<#kind as #layer::Layer<#from, #to, #scalar>>::STACK_BYTES)
    }

    fn constants(&self, _: &Sizes) -> Vec<Constant> {
        let text = |tokens: &Tokens| ConstantValue::Text(tokens.0.to_string());
        vec![Constant::predicting("type", text(&self.0.path)), Constant::predicting("arguments", text(&self.0.arguments))]
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (model, path, arguments) = (&emit.paths.model, text::tokens(&self.0.path.0), text::tokens(&self.0.arguments.0));
        quote!(#model::graph::Operation::Own { path: #path, arguments: #arguments })
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let kind = own::layer(&self.0, sizes.from(), emit.mtl);
        let value = own::value(&self.0, &kind);
        Some(Descriptor { kind, value, is_own: true })
    }

    fn keeps(&self) -> bool {
        true
    }
}
