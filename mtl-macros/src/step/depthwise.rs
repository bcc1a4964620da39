//! `DepthwiseConv2D`: a convolution of every channel of an image by itself.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::{Emit, size::words};
use crate::function::Function;
use crate::size::{self, Dim, Shape};
use crate::vocabulary::{Argument, ArgumentKind, Default, Takes, optional};

use super::dense::{ACTIVATION, BIAS, INIT, function_word, parameters, tensors_of, weighted_of, weighted_constants, weighted_parts};
use super::int8::{Allows, Bound, Call, Observed, Part, Parts, Taken};
use super::weighted::{Ending, Weighted};
use super::window::{L1, L2, PADDING, Placed, Window, stride};
use super::{Constant, Definition, Descriptor, Folding, Given, Int8, Kind, Product, Rules, Sizes, Tensor, Word};

/// How many filters each channel has.
pub(super) const DEPTH_MULTIPLIER: Argument = optional("depth_multiplier", ArgumentKind::Dimension, Default::Size(1), "2");

pub(super) const WORDS: &[Word] = &[Word::new(
    "DepthwiseConv2D",
    Takes::Image,
    &[
        optional("kernel", ArgumentKind::Window, Default::Size(3), "3").or(&["kernel_size"]).positional(),
        ACTIVATION,
        stride(Default::Size(1)),
        PADDING,
        DEPTH_MULTIPLIER,
        BIAS,
        INIT.or(&["depthwise_initializer", "initializer"]),
        L1,
        L2,
    ],
    bind,
)
.says("a kernel for each channel of an image, `depth_multiplier` of them")];

#[derive(Clone)]
pub(crate) struct Depthwise {
    weighted: Weighted,
    window: Box<Window>,
    /// How many filters each channel has.
    multiplier: Option<Dim>,
    /// It is the first part of a `SeparableConv2D`.
    is_first: bool,
}

fn bind(given: &mut Given<'_, '_, '_>) -> Kind {
    let weighted = weighted_of(given, None);
    Depthwise { weighted, window: Window::bind(given, "kernel").into(), multiplier: given.size("depth_multiplier"), is_first: false }.into()
}

impl Depthwise {
    /// The first part of a layer: without a bias and an activation.
    pub(super) fn first(given: &mut Given<'_, '_, '_>, of: &Weighted) -> Self {
        let weighted =
            Weighted { units: None, given: Ending::None, function: Function::LINEAR, bias: false, ..of.clone() };
        Self { weighted, window: Window::bind(given, "kernel").into(), multiplier: given.size("depth_multiplier"), is_first: true }
    }
}

/// How many filters there are of so many for each of some channels; `None` where that is arithmetic that Rust has not.
pub(super) fn filters(channels: &Dim, multiplier: &Dim, rules: &mut dyn Rules) -> Option<Dim> {
    let filters = size::product(&[channels.clone(), multiplier.clone()]);
    if size::is_generic(&filters) && filters != *channels && filters != *multiplier {
        rules.no_arithmetic(&[channels.clone(), multiplier.clone()], "the product", " * ");
        return None;
    }
    Some(filters)
}

impl Depthwise {
    fn window(&self, sizes: &Sizes) -> Placed {
        self.window.placed(sizes.input())
    }

    /// The runtime's types are over channels, pixels of the window, and filters.
    fn arguments(&self, sizes: &Sizes, emit: &Emit<'_>) -> [TokenStream; 3] {
        let window = self.window(sizes);
        [emit.argument(window.channels()), emit.argument(&size::product(&window.size)), emit.argument(sizes.units())]
    }
}

impl Definition for Depthwise {
    fn name(&self) -> &str {
        "DepthwiseConv2D"
    }

    fn takes(&self) -> Takes {
        Takes::Image
    }

    fn field_ending(&self) -> &'static str {
        if self.is_first { "_depthwise" } else { "" }
    }

    fn shape(&mut self, inputs: &[Shape], rules: &mut dyn Rules) -> Option<Shape> {
        let filters = filters(inputs[0].dims().last()?, self.multiplier.as_ref()?, rules)?;
        self.window.shape(inputs[0].dims(), &filters, rules)
    }

    fn sizes_mut(&mut self) -> Vec<&mut Dim> {
        self.window.sizes_mut().chain(&mut self.multiplier).collect()
    }

    fn weighted(&self) -> Option<&Weighted> {
        Some(&self.weighted)
    }

    fn weighted_mut(&mut self) -> Option<&mut Weighted> {
        Some(&mut self.weighted)
    }

    fn tensors(&self, sizes: &Sizes) -> Vec<Tensor> {
        let (window, one) = (self.window(sizes), Dim::Literal(1));
        let [rows, columns] = &window.size;
        let shape = [rows, columns, window.channels(), self.multiplier.as_ref().unwrap_or(&one)];
        let tensors = tensors_of(&self.weighted, &shape, sizes.units());
        if self.is_first { tensors.into_iter().map(|tensor| tensor.called("depthwise_kernel")).collect() } else { tensors }
    }

    fn ends(&self, sizes: &Sizes) -> (Dim, Dim) {
        (size::product(&self.window(sizes).size), sizes.units().clone())
    }

    fn parameters(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (pixels, filters) = self.ends(sizes);
        parameters(&self.weighted, &pixels, &filters, emit)
    }

    fn doc(&self, sizes: &Sizes, count: &str) -> String {
        let (pixels, filters) = self.ends(sizes);
        format!("From {} pixels of one channel to each of {} filters, {count} parameters.", words(&pixels), words(&filters))
    }

    fn multiply_adds(&self, sizes: &Sizes) -> Vec<Product> {
        vec![Product::matrix(&[&size::product(&self.window(sizes).size), &sizes.output.size])]
    }

    fn stack(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (layer, scalar, from, to) = (&emit.paths.layer, emit.scalar, emit.argument(sizes.from()), emit.argument(&sizes.output.size));
        let kind = self.layer(sizes, emit).map(|descriptor| descriptor.kind);
        quote!(<#kind as #layer::Layer<#from, #to, #scalar>>::STACK_BYTES)
    }

    fn described(&self, kind: &str) -> String {
        self.window.described(kind, function_word(&self.weighted.function), false)
    }

    fn constants(&self, sizes: &Sizes) -> Vec<Constant> {
        let mut constants = self.window(sizes).constants();
        constants.extend(weighted_constants(&self.weighted));
        constants
    }

    fn graph(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (model, one) = (&emit.paths.model, Dim::Literal(1));
        let (convolution, multiplier) =
            (self.window(sizes).graph(&self.weighted, self.is_first, emit), emit.size(self.multiplier.as_ref().unwrap_or(&one)));
        quote!(#model::graph::Operation::DepthwiseConv2D { convolution: #convolution, multiplier: #multiplier })
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, function, [channels, pixels, filters]) =
            (&emit.paths.layer, emit.function(&self.weighted.function), self.arguments(sizes, emit));
        let bias = if self.weighted.bias { filters.clone() } else { quote!(0usize) };
        let (window, initializer) = (self.window(sizes).tokens(emit), emit.initializer(self.weighted.initializer()));
        Some(Descriptor::new(quote!(#layer::Depthwise<#channels, #pixels, #filters, #bias, #function>), &quote!(#window, #initializer)))
    }

    fn overwrites(&self) -> bool {
        true
    }

    // A normalisation before it would go to every filter of its own channel alone.
    fn folding(&self) -> Folding {
        if self.weighted.bias && self.weighted.function.is_linear() {
            Folding::Weights { before: false, after: true, of_channels: true }
        } else {
            Folding::No
        }
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(self)
    }
}

impl Int8 for Depthwise {
    fn is_shared(&self) -> bool {
        true
    }

    fn gives(&self, _: &Sizes) -> Allows {
        Bound::allows(&self.weighted.function)
    }

    fn takes(&self, sizes: &Sizes, taken: &Taken<'_>) -> Allows {
        let window = self.window(sizes);
        taken.along(window.channels(), if window.padded { Allows::OneZero } else { Allows::Free })
    }

    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (int8, [channels, pixels, filters]) = (&of.int8, self.arguments(of.sizes, &of.emit));
        let kind = quote!(#int8::Depthwise<#pixels, #filters>);
        weighted_parts(&self.weighted, of, &quote!(#int8::Depthwise), kind, &quote!(#channels,), &TokenStream::new())
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, part, from, to) = (&call.int8, call.part(), call.bytes(0), call.to_bytes());
        let [channels, ..] = self.arguments(call.sizes, &call.items);
        let (window, looked_up) = (self.window(call.sizes).constant(&call.items), call.looked_up(&self.weighted.function));
        quote!(#int8::Depthwise::forward::<#channels, _, _>(&self.#part, &#window, &#from, &mut #to); #looked_up)
    }

    fn stack(&self, call: &Call<'_>) -> TokenStream {
        let (int8, [_, pixels, filters]) = (&call.int8, self.arguments(call.sizes, &call.emit));
        quote!(#int8::Depthwise::<#pixels, #filters>::STACK_BYTES)
    }

    fn observe(&self, of: &Observed<'_>) -> Option<TokenStream> {
        let Observed { int8, before, slot, from, .. } = of;
        let (to, [channels, ..], window) =
            (of.items.argument(&of.sizes.output.size), self.arguments(of.sizes, &of.items), self.window(of.sizes).constant(&of.items));
        Bound::of(&self.weighted.function).is_none().then(|| {
            quote! {
                #int8::Range::observe_depthwise::<_, #to, #channels, _, _, _>(
                    &mut __ranges[#before], &#window, &__float.#slot, &__values.#from[..__columns],
                );
            }
        })
    }
}
