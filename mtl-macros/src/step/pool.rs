//! Pooling: the greatest or the mean of every window, or of all pixels.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::emit::Emit;
use crate::size::{self, Dim, Shape};
use crate::vocabulary::{Argument, ArgumentKind, Default, Takes, optional};

use super::window::{PADDING, Placed, Window, known, stride};
use super::int8::{Allows, Call, Part, Parts, Taken};
use super::{Constant, ConstantValue, Definition, Descriptor, Given, Int8, Kind, Product, Rules, Sizes, Word};

/// Without a stride, windows lie side by side.
const ARGUMENTS: &[Argument] =
    &[optional("size", ArgumentKind::Window, Default::Size(2), "2").or(&["pool_size"]).positional(), stride(Default::Open), PADDING];

pub(super) const WORDS: &[Word] = &[
    Word::new("MaxPool1D", Takes::Sequence, ARGUMENTS, |given| bind(given, Pooling::Max)).says(
"after a sequence and after an image; `stride` is the size unless it is given").or(&["MaxPooling1D"]),
    Word::new("MaxPool2D", Takes::Image, ARGUMENTS, |given| bind(given, Pooling::Max)).or(&["MaxPooling2D"]),
    Word::new("AveragePool1D", Takes::Sequence, ARGUMENTS, |given| bind(given, Pooling::Average)).or(&["AveragePooling1D", "AvgPool1D"]),
    Word::new("AveragePool2D", Takes::Image, ARGUMENTS, |given| bind(given, Pooling::Average)).or(&["AveragePooling2D", "AvgPool2D"]),
    Word::new("GlobalAveragePool", Takes::Pixels, &[], |given| Pool { word: given.word, pooling: Pooling::Average, window: None }.into()).says(
"the mean of all steps or pixels").or(&[
        "GlobalAveragePooling1D",
        "GlobalAveragePooling2D",
        "GlobalAvgPool1D",
        "GlobalAvgPool2D",
    ]),
];

/// What is left of what a window covers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pooling {
    Max,
    Average,
}

#[derive(Clone)]
pub(crate) struct Pool {
    word: &'static Word,
    pub(crate) pooling: Pooling,
    /// `None`: one window of all pixels.
    window: Option<Window>,
}

fn bind(given: &mut Given<'_, '_, '_>, pooling: Pooling) -> Kind {
    Pool { word: given.word, pooling, window: Some(Window::bind(given, "size")) }.into()
}

impl Pool {
    /// The window on what flows in.
    pub(crate) fn window(&self, sizes: &Sizes) -> Placed {
        self.window.as_ref().map_or_else(|| Placed::of_all(sizes.input()), |window| window.placed(sizes.input()))
    }
}

impl Definition for Pool {
    fn name(&self) -> &str {
        self.word.name
    }

    fn takes(&self) -> Takes {
        self.word.takes
    }

    fn shape(&mut self, inputs: &[Shape], rules: &mut dyn Rules) -> Option<Shape> {
        let channels = inputs[0].dims().last()?;
        match &self.window {
            Some(window) => window.shape(inputs[0].dims(), channels, rules),
            None => Some(Shape::Real(vec![channels.clone()])),
        }
    }

    fn sizes_mut(&mut self) -> Vec<&mut Dim> {
        self.window.iter_mut().flat_map(Window::sizes_mut).collect()
    }

    fn multiply_adds(&self, sizes: &Sizes) -> Vec<Product> {
        match self.pooling {
            Pooling::Max => Vec::new(),
            Pooling::Average => vec![Product::scaling(&[&sizes.output.size])],
        }
    }

    fn described(&self, kind: &str) -> String {
        match &self.window {
            Some(window) => window.described(kind, window.size.as_ref().and_then(known), true),
            None => kind.to_owned(),
        }
    }

    fn constants(&self, sizes: &Sizes) -> Vec<Constant> {
        let pooling = match self.pooling {
            Pooling::Max => "max",
            Pooling::Average => "average",
        };
        let pooling = Constant::predicting("pooling", ConstantValue::Text(pooling.to_owned()));
        self.window(sizes).constants().into_iter().chain([pooling]).collect()
    }

    fn graph(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (model, name) = (&emit.paths.model, Ident::new(self.word.name, Span::call_site()));
        let window = self.window.is_some().then(|| self.window(sizes).graph_window(emit)).map(|window| quote!((#window)));
        quote!(#model::graph::Operation::#name #window)
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, window) = (&emit.paths.layer, self.window(sizes));
        let channels = emit.argument(window.channels());
        let kind = match self.pooling {
            Pooling::Max => quote!(#layer::MaxPool<#channels>),
            Pooling::Average => quote!(#layer::AveragePool<#channels>),
        };
        Some(Descriptor::new(kind, &window.tokens(emit)))
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(self)
    }
}

impl Int8 for Pool {
    // The greatest of some bytes is one of them.
    fn keeps_range(&self) -> bool {
        self.pooling == Pooling::Max
    }

    fn gives(&self, _: &Sizes) -> Allows {
        match self.pooling {
            Pooling::Max => Allows::Free,
            Pooling::Average => Allows::Common,
        }
    }

    fn takes(&self, sizes: &Sizes, taken: &Taken<'_>) -> Allows {
        match self.pooling {
            Pooling::Max => taken.along(self.window(sizes).channels(), Allows::Free),
            Pooling::Average => Allows::Common,
        }
    }

    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (window, field, Parts { int8, from, to, .. }) = (self.window(of.sizes), of.field(), of);
        match self.pooling {
            Pooling::Max => Vec::new(),
            Pooling::Average => {
                // One number of pixels, or any that padding leaves.
                let counts = if window.padded { of.emit.argument(&size::product(&window.size)) } else { quote!(1usize) };
                let window = window.constant(&of.items);
                of.one(quote!(#int8::AveragePool<#counts>), quote!(#int8::AveragePool::set(&mut self.#field, &#window, #(#from)*, #to);))
            }
        }
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, part, from, to, window) = (&call.int8, call.part(), call.bytes(0), call.to_bytes(), self.window(call.sizes));
        let (channels, window) = (call.emit.argument(window.channels()), window.constant(&call.items));
        match self.pooling {
            Pooling::Max => quote!(#int8::max_pool::<#channels, _, _>(&#window, &#from, &mut #to);),
            Pooling::Average => quote!(#int8::AveragePool::forward::<#channels, _, _>(&self.#part, &#window, &#from, &mut #to);),
        }
    }

    // A sum for every channel, or the greatest.
    fn stack(&self, call: &Call<'_>) -> TokenStream {
        let channels = call.emit.size(self.window(call.sizes).channels());
        let bytes = match self.pooling {
            Pooling::Average => 4_usize,
            Pooling::Max => 1,
        };
        quote!(#bytes * #channels)
    }
}
