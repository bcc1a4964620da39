//! Windows that go over an image, of convolutions and of pooling. A sequence is an image of one row.

use proc_macro2::TokenStream;
use quote::quote;

use crate::assertion::Relation;
use crate::diagnostic::Place;
use crate::emit::Emit;
use crate::size::{self, Dim, Shape};
use crate::vocabulary::{Argument, ArgumentKind, Default, NOT_NEGATIVE, Padding, optional};

use super::weighted::Weighted;
use super::{Constant, ConstantValue, Given, Rules};

/// A window as given: rows and columns, of a sequence one row. What is missing was wrong and reported.
#[derive(Clone)]
pub(crate) struct Window {
    pub(crate) size: Option<[Dim; 2]>,
    pub(crate) stride: Option<[Dim; 2]>,
    pub(crate) padding: Option<Padding>,
    /// It goes over a sequence, so that a kernel's shape has no rows.
    pub(crate) is_sequence: bool,
    /// Where its size stands.
    pub(crate) place: Place,
}

/// A window on an image.
#[derive(Clone)]
pub(crate) struct Placed {
    /// Height, width and channels.
    pub(crate) image: [Dim; 3],
    /// Rows and columns.
    pub(crate) size: [Dim; 2],
    pub(crate) stride: [Dim; 2],
    /// `padding = same`.
    pub(crate) padded: bool,
    pub(crate) is_sequence: bool,
}

/// The stride and the padding of a window, whatever its size is called.
pub(crate) const fn stride(default: Default) -> Argument {
    optional("stride", ArgumentKind::Window, default, "2").or(&["strides"])
}

pub(crate) const PADDING: Argument = optional("padding", ArgumentKind::Padding, Default::Padding(Padding::Valid), "same");

/// Penalties on the weights of a layer.
pub(crate) const L1: Argument = optional("l1", ArgumentKind::Number(NOT_NEGATIVE), Default::Open, "0.001");
pub(crate) const L2: Argument = optional("l2", ArgumentKind::Number(NOT_NEGATIVE), Default::Open, "0.001");

impl Window {
    /// The window among the arguments, whose size is called `size`. Without a stride, windows lie side by side where that is the default.
    pub(crate) fn bind(given: &mut Given<'_, '_, '_>, size: &str) -> Self {
        let is_sequence = given.word.takes == crate::vocabulary::Takes::Sequence;
        let place = given.place_of(size);
        let window = given.window(size, is_sequence);
        let stride = if given.is_left_open("stride") { window.clone() } else { given.window("stride", is_sequence) };
        Self { size: window, stride, padding: given.padding("padding"), is_sequence, place }
    }

    /// A window of one pixel.
    pub(crate) fn of_one(place: Place) -> Self {
        let one = Some([Dim::Literal(1), Dim::Literal(1)]);
        Self { size: one.clone(), stride: one, padding: Some(Padding::Valid), is_sequence: false, place }
    }

    /// The window on an image or a sequence; `None` where it was wrong.
    pub(crate) fn on(&self, dims: &[Dim]) -> Option<Placed> {
        Some(Placed {
            image: image(dims)?,
            size: self.size.clone()?,
            stride: self.stride.clone()?,
            padded: self.padding? == Padding::Same,
            is_sequence: self.is_sequence,
        })
    }

    /// The window on an image or a sequence that it was checked with.
    pub(crate) fn placed(&self, dims: &[Dim]) -> Placed {
        self.on(dims).unwrap_or_else(|| Placed::of_all(dims))
    }

    /// The shape of what it gives with so many channels.
    pub(crate) fn shape(&self, dims: &[Dim], channels: &Dim, rules: &mut dyn Rules) -> Option<Shape> {
        let window = self.on(dims)?;
        for axis in 0..2 {
            let sizes = [&window.image[axis], &window.size[axis], &window.stride[axis]];
            if sizes.into_iter().any(size::is_generic) {
                rules.no_arithmetic(&sizes.map(Clone::clone), "the number of places of a window of", ", ");
                return None;
            }
        }
        if size::is_generic(&window.patch()) {
            rules.no_arithmetic(&[window.size[0].clone(), window.size[1].clone(), window.image[2].clone()], "the product", " * ");
            return None;
        }
        if !window.padded {
            window.fits(dims, self.place, rules)?;
        }
        let places = |axis: usize| size::places(&window.image[axis], &window.size[axis], &window.stride[axis], window.padded);
        let mut shape = vec![places(0), places(1), channels.clone()];
        if window.is_sequence {
            shape.remove(0);
        }
        rules.real(shape)
    }

    /// Every size among its arguments.
    pub(crate) fn sizes_mut(&mut self) -> impl Iterator<Item = &mut Dim> {
        self.size.iter_mut().chain(&mut self.stride).flatten()
    }

    /// A step with what its window does that does not show in the shapes of its parameters.
    pub(crate) fn described(&self, kind: &str, first: Option<String>, is_pooling: bool) -> String {
        let side_by_side = is_pooling && self.stride == self.size;
        let stride = self.stride.as_ref().and_then(known).filter(|stride| stride != "1" && !side_by_side).map(|stride| format!("stride {stride}"));
        let padding = (self.padding == Some(Padding::Same)).then(|| "same".to_owned());
        let words: Vec<String> = first.into_iter().chain(stride).chain(padding).collect();
        if words.is_empty() { kind.to_owned() } else { format!("{kind}({})", words.join(", ")) }
    }
}

impl Placed {
    /// A window of the whole image.
    pub(crate) fn of_all(dims: &[Dim]) -> Self {
        let image = image(dims).unwrap_or_else(|| [Dim::Literal(1), Dim::Literal(1), size::product(dims)]);
        let [height, width, _] = image.clone();
        Self { image, size: [height, width], stride: [Dim::Literal(1), Dim::Literal(1)], padded: false, is_sequence: dims.len() == 2 }
    }

    /// How many values it covers.
    pub(crate) fn patch(&self) -> Dim {
        size::product(&[self.size[0].clone(), self.size[1].clone(), self.image[2].clone()])
    }

    pub(crate) fn channels(&self) -> &Dim {
        &self.image[2]
    }

    pub(crate) fn constants(&self) -> Vec<Constant> {
        let sizes = ["rows", "columns"].iter().zip(&self.size).chain(["row stride", "column stride"].iter().zip(&self.stride));
        let sizes = sizes.map(|(name, size)| Constant::predicting(name, ConstantValue::Size(size.clone())));
        sizes.chain([Constant::predicting("padded", ConstantValue::Boolean(self.padded))]).collect()
    }

    /// It as data.
    pub(crate) fn graph_window(&self, emit: &Emit<'_>) -> TokenStream {
        let (model, padded) = (&emit.paths.model, self.padded);
        let [size, stride] = [&self.size, &self.stride].map(|sides| sides.iter().map(|dim| emit.size(dim)).collect::<Vec<_>>());
        quote!(#model::graph::Window { size: [#(#size),*], stride: [#(#stride),*], padded: #padded })
    }

    /// A convolution with it as data.
    pub(crate) fn graph(&self, weighted: &Weighted, separable: bool, emit: &Emit<'_>) -> TokenStream {
        let (model, window, activation, bias) = (&emit.paths.model, self.graph_window(emit), emit.graph_function(&weighted.function), weighted.bias);
        quote!(#model::graph::Convolution { window: #window, activation: #activation, bias: #bias, separable: #separable })
    }

    /// It as an expression.
    pub(crate) fn tokens(&self, emit: &Emit<'_>) -> TokenStream {
        let (layer, padded) = (&emit.paths.layer, self.padded);
        let sizes = |dims: &[Dim]| dims.iter().map(|dim| emit.size(dim)).collect::<Vec<_>>();
        let (image, size, stride) = (sizes(&self.image), sizes(&self.size), sizes(&self.stride));
        quote!(#layer::Window::new([#(#image),*], [#(#size),*], [#(#stride),*], #padded))
    }

    /// It as a constant.
    pub(crate) fn constant(&self, emit: &Emit<'_>) -> TokenStream {
        let window = self.tokens(emit);
        quote!(const { #window })
    }

    /// Without padding the window lies on its input as a whole.
    fn fits(&self, dims: &[Dim], place: Place, rules: &mut dyn Rules) -> Option<()> {
        let shown = |sizes: &[Dim; 2]| if self.is_sequence { size::text(&sizes[1]) } else { size::shape_text(sizes) };
        let [height, width, _] = &self.image;
        let fault = format!("`{}` has a window of {}, but {} is only {}", rules.written(), shown(&self.size), rules.value(0), size::shape_text(dims));
        let help = format!("make the window {} or smaller, or write `padding = same`", shown(&[height.clone(), width.clone()]));
        let mut asserted = Vec::new();
        for (along, size) in self.image.iter().zip(&self.size) {
            match (along, size) {
                (Dim::Literal(along), Dim::Literal(size)) if size > along => {
                    let flow = format!("{} -> {}", rules.trail(0), rules.written());
                    rules.report_flow(Some(place), &fault, &flow, &help);
                    return None;
                }
                (Dim::Literal(_), Dim::Literal(_)) | (_, Dim::Literal(1)) => {}
                // A square on a square is one question.
                _ if along == size || asserted.contains(&(along, size)) => {}
                _ => {
                    rules.assert(along, size, Relation::AtLeast, &fault, &help, Some(place));
                    asserted.push((along, size));
                }
            }
        }
        Some(())
    }
}

/// `2`, or `2x3`, of sizes that are numbers. Names of constants are left out: what a model is does not depend on them.
pub(crate) fn known(sizes: &[Dim; 2]) -> Option<String> {
    match sizes {
        [Dim::Literal(1), Dim::Literal(columns)] => Some(columns.to_string()),
        [Dim::Literal(rows), Dim::Literal(columns)] if rows == columns => Some(rows.to_string()),
        [Dim::Literal(rows), Dim::Literal(columns)] => Some(format!("{rows}x{columns}")),
        _ => None,
    }
}

/// Height, width and channels of an image, or of a sequence as an image of one row.
fn image(dims: &[Dim]) -> Option<[Dim; 3]> {
    match dims {
        [time, channels] => Some([Dim::Literal(1), time.clone(), channels.clone()]),
        [height, width, channels] => Some([height.clone(), width.clone(), channels.clone()]),
        _ => None,
    }
}
