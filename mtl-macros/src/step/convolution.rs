//! `Conv1D` and `Conv2D`: a dense layer on every patch of an image.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::{Emit, size::words};
use crate::size::{Dim, Shape};
use crate::vocabulary::{Argument, ArgumentKind, Default, Padding, Takes, optional, required};

use super::depthwise::{DEPTH_MULTIPLIER, Depthwise};
use super::dense::{ACTIVATION, BIAS, INIT, function_word, parameters, tensors, weighted, weighted_constants, weighted_parts};
use super::weighted::Weighted;
use super::window::{L1, L2, PADDING, Placed, Window, stride};
use super::int8::{Allows, Bound, Call, Observed, Part, Parts, Taken};
use super::{Constant, Definition, Descriptor, Extent, Folding, Given, Int8, Kind, Operation, Product, Rules, Sizes, Tensor, Word};

const KERNEL: Argument = optional("kernel", ArgumentKind::Window, Default::Size(3), "3").or(&["kernel_size"]);

const ARGUMENTS: &[Argument] = &[
    required("filters", ArgumentKind::Dimension, "16"),
    ACTIVATION,
    KERNEL,
    stride(Default::Size(1)),
    PADDING,
    BIAS,
    INIT,
    L1,
    L2,
];

pub(super) const WORDS: &[Word] = &[
    Word::new("Conv1D", Takes::Sequence, ARGUMENTS, bind).says(
"after a sequence, `[time, channels]`, and after an image, `[height, width, channels]`; `kernel` and `stride` are a number, or of an image `[rows, columns]`; padding `valid`, as in Keras, or `same`").or(&["Convolution1D"]),
    Word::new("Conv2D", Takes::Image, ARGUMENTS, bind).or(&["Convolution2D"]),
    Word::new(
        "SeparableConv2D",
        Takes::Image,
        &[
            required("filters", ArgumentKind::Dimension, "16"),
            ACTIVATION,
            KERNEL,
            stride(Default::Size(1)),
            PADDING,
            DEPTH_MULTIPLIER,
            BIAS,
            INIT.or(&["initializer"]),
            L1,
            L2,
        ],
        bind_separable,
    )
    .or(&["SeparableConvolution2D"])
    .says("a `DepthwiseConv2D` without bias and activation, and a `Conv2D` with a kernel of 1 behind it; `init`, `l1` and `l2` are of both kernels"),
];

#[derive(Clone)]
pub(crate) struct Convolution {
    word: &'static Word,
    /// Its units are the filters.
    pub(crate) weighted: Weighted,
    window: Window,
    /// What comes before it, in a `SeparableConv2D`.
    depthwise: Option<Box<Depthwise>>,
}

fn bind(given: &mut Given<'_, '_, '_>) -> Kind {
    let weighted = weighted(given, "filters");
    Convolution { word: given.word, weighted, window: Window::bind(given, "kernel"), depthwise: None }.into()
}

fn bind_separable(given: &mut Given<'_, '_, '_>) -> Kind {
    let weighted = weighted(given, "filters");
    let depthwise = Some(Box::new(Depthwise::first(given, &weighted)));
    Convolution { word: given.word, weighted, window: Window::of_one(given.place_of("kernel")), depthwise }.into()
}

impl Convolution {
    /// The window on what flows in.
    pub(crate) fn window(&self, sizes: &Sizes) -> Placed {
        self.window.placed(sizes.input())
    }
}

impl Definition for Convolution {
    fn name(&self) -> &str {
        self.word.name
    }

    fn takes(&self) -> Takes {
        self.word.takes
    }

    fn shape(&mut self, inputs: &[Shape], rules: &mut dyn Rules) -> Option<Shape> {
        let filters = self.weighted.units.clone()?;
        self.window.shape(inputs[0].dims(), &filters, rules)
    }

    fn sizes_mut(&mut self) -> Vec<&mut Dim> {
        let before = self.depthwise.iter_mut().flat_map(|depthwise| depthwise.sizes_mut());
        self.window.sizes_mut().chain(&mut self.weighted.units).chain(before).collect()
    }

    fn weighted(&self) -> Option<&Weighted> {
        Some(&self.weighted)
    }

    fn weighted_mut(&mut self) -> Option<&mut Weighted> {
        Some(&mut self.weighted)
    }

    fn tensors(&self, sizes: &Sizes) -> Vec<Tensor> {
        let window = self.window(sizes);
        let seen: Vec<&Dim> = window.size.iter().skip(usize::from(window.is_sequence)).chain([window.channels()]).collect();
        let tensors = tensors(&self.weighted, &seen, sizes.units());
        if self.depthwise.is_none() {
            return tensors;
        }
        let is_kernel = |tensor: &Tensor| matches!(tensor.extent, Extent::Field("kernel", _));
        tensors.into_iter().map(|tensor| if is_kernel(&tensor) { tensor.called("pointwise_kernel") } else { tensor }).collect()
    }

    fn first(&self) -> Option<Operation> {
        self.depthwise.as_deref().map(|depthwise| depthwise.clone().into())
    }

    fn ends(&self, sizes: &Sizes) -> (Dim, Dim) {
        (self.window(sizes).patch(), sizes.units().clone())
    }

    fn parameters(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        parameters(&self.weighted, &self.window(sizes).patch(), sizes.units(), emit)
    }

    fn doc(&self, sizes: &Sizes, count: &str) -> String {
        let (patch, filters) = self.ends(sizes);
        format!("From patches of {} values to {} filters, {count} parameters.", words(&patch), words(&filters))
    }

    fn multiply_adds(&self, sizes: &Sizes) -> Vec<Product> {
        vec![Product::matrix(&[&self.window(sizes).patch(), &sizes.output.size])]
    }

    fn stack(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (layer, scalar, from, to) =
            (&emit.paths.layer, emit.scalar, emit.argument(sizes.from()), emit.argument(&sizes.output.size));
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
        let (model, word, separable) = (&emit.paths.model, if self.word.takes == Takes::Sequence { quote!(Conv1D) } else { quote!(Conv2D) }, self.depthwise.is_some());
        let convolution = self.window(sizes).graph(&self.weighted, separable, emit);
        quote!(#model::graph::Operation::#word(#convolution))
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, window) = (&emit.paths.layer, self.window(sizes));
        let (patch, units, function) = (emit.argument(&window.patch()), emit.argument(sizes.units()), emit.function(&self.weighted.function));
        let bias = if self.weighted.bias { units.clone() } else { quote!(0usize) };
        let (window, initializer) = (window.tokens(emit), emit.initializer(self.weighted.initializer()));
        Some(Descriptor::new(quote!(#layer::Convolution<#patch, #units, #bias, #function>), &quote!(#window, #initializer)))
    }

    fn overwrites(&self) -> bool {
        true
    }

    // Behind a normalisation there is no padding, which would be normalised zeros and is zeros.
    fn folding(&self) -> Folding {
        let before = self.window.padding == Some(Padding::Valid);
        if self.weighted.bias { Folding::Weights { before, after: self.weighted.function.is_linear(), of_channels: true } } else { Folding::No }
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(self)
    }
}

impl Int8 for Convolution {
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
        let (int8, patch, filters) = (&of.int8, of.emit.argument(&self.window(of.sizes).patch()), of.emit.argument(of.sizes.units()));
        weighted_parts(&self.weighted, of, &quote!(#int8::Convolution), quote!(#int8::Convolution<#patch, #filters>), &TokenStream::new(), &TokenStream::new())
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, part, from, to) = (&call.int8, call.part(), call.bytes(0), call.to_bytes());
        let (window, looked_up) = (self.window(call.sizes).constant(&call.items), call.looked_up(&self.weighted.function));
        quote!(#int8::Convolution::forward(&self.#part, &#window, &#from, &mut #to); #looked_up)
    }

    fn stack(&self, call: &Call<'_>) -> TokenStream {
        let int8 = &call.int8;
        let (patch, filters) = (call.emit.argument(&self.window(call.sizes).patch()), call.emit.argument(call.sizes.units()));
        quote!(#int8::Convolution::<#patch, #filters>::STACK_BYTES)
    }

    fn observe(&self, of: &Observed<'_>) -> Option<TokenStream> {
        let Observed { int8, before, slot, from, .. } = of;
        let (to, window) = (of.items.argument(&of.sizes.output.size), self.window(of.sizes).constant(&of.items));
        Bound::of(&self.weighted.function).is_none().then(|| {
            quote! {
                #int8::Range::observe_convolution::<_, #to, _, _, _>(
                    &mut __ranges[#before], &#window, &__float.#slot, &__values.#from[..__columns],
                );
            }
        })
    }
}
