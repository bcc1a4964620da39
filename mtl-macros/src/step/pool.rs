//! Pooling: the greatest or the mean of every window, or of all pixels.

use quote::quote;

use crate::emit::Emit;
use crate::size::{Dim, Shape};
use crate::vocabulary::{Argument, ArgumentKind, Default, Takes, optional};

use super::window::{PADDING, Placed, Window, known, stride};
use super::{Constant, ConstantValue, Definition, Descriptor, Given, Int8, Kind, Product, Rules, Sizes, Word};

/// Without a stride, windows lie side by side.
const ARGUMENTS: &[Argument] =
    &[optional("size", ArgumentKind::Window, Default::Size(2), "2").or(&["pool_size"]).positional(), stride(Default::Open), PADDING];

pub(super) const WORDS: &[Word] = &[
    Word::new("MaxPool1D", Takes::Sequence, ARGUMENTS, |given| bind(given, Pooling::Max)).or(&["MaxPooling1D"]),
    Word::new("MaxPool2D", Takes::Image, ARGUMENTS, |given| bind(given, Pooling::Max)).or(&["MaxPooling2D"]),
    Word::new("AveragePool1D", Takes::Sequence, ARGUMENTS, |given| bind(given, Pooling::Average)).or(&["AveragePooling1D", "AvgPool1D"]),
    Word::new("AveragePool2D", Takes::Image, ARGUMENTS, |given| bind(given, Pooling::Average)).or(&["AveragePooling2D", "AvgPool2D"]),
    Word::new("GlobalAveragePool", Takes::Pixels, &[], |given| Pool { word: given.word, pooling: Pooling::Average, window: None }.into()).or(&[
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

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, window) = (&emit.paths.layer, self.window(sizes));
        let channels = emit.argument(window.channels());
        let kind = match self.pooling {
            Pooling::Max => quote!(#layer::MaxPool<#channels>),
            Pooling::Average => quote!(#layer::AveragePool<#channels>),
        };
        Some(Descriptor::new(kind, &window.tokens(emit)))
    }

    fn int8(&self) -> Option<Int8> {
        Int8::ANY
    }
}
