//! The form of a step in eight bits: what a step says of it, and what it is told.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::emit::Emit;
use crate::function::Function;
use crate::size::Dim;
use crate::vocabulary::Cuts;

use super::contract::Sizes;

/// A step without this has no form in eight bits, and `#[int8]` rejects it.
pub(crate) trait Int8 {
    /// The most values that it can take.
    fn most_inputs(&self) -> usize {
        usize::MAX
    }

    /// It has weights of a size, so that the uses of a `layer` share them.
    fn is_shared(&self) -> bool {
        false
    }

    /// Whether it can be computed in `f32` where the model begins.
    fn at_the_start(&self) -> AtTheStart {
        AtTheStart::Never
    }

    /// It has no form from bytes: nothing but steps that can be computed in `f32` may come before it.
    fn is_at_the_start_alone(&self) -> bool {
        false
    }

    /// Whether it can be computed in `f32` where a head ends.
    fn at_the_end(&self) -> AtTheEnd {
        AtTheEnd::Never
    }

    /// What it gives are bytes that it took.
    fn keeps_range(&self) -> bool {
        false
    }

    /// It can take and make low bytes: 256ths of a step.
    fn has_low(&self) -> bool {
        false
    }

    /// Its output is its inputs one after the other.
    fn joins(&self) -> bool {
        false
    }

    /// What it leaves of the scales of what it gives.
    fn gives(&self, _sizes: &Sizes) -> Allows {
        Allows::Common
    }

    /// What it leaves of the scales of what it takes.
    fn takes(&self, _sizes: &Sizes, _taken: &Taken<'_>) -> Allows {
        Allows::Common
    }

    /// Its parts of the struct.
    fn parts(&self, of: &Parts<'_>) -> Vec<Part>;

    /// The call of it.
    fn forward(&self, call: &Call<'_>) -> TokenStream;

    /// What it works with on the stack, in bytes.
    fn stack(&self, _call: &Call<'_>) -> TokenStream {
        quote!(0)
    }

    /// Widens ranges by what data alone do not show.
    fn observe(&self, _of: &Observed<'_>) -> Option<TokenStream> {
        None
    }
}

/// The form of a step that does nothing when predicting.
pub(crate) struct Vanishes;

impl Int8 for Vanishes {
    fn parts(&self, _: &Parts<'_>) -> Vec<Part> {
        Vec::new()
    }

    fn forward(&self, _: &Call<'_>) -> TokenStream {
        TokenStream::new()
    }
}

/// Whether a step can be computed in `f32` where the model begins, back to the inputs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtTheStart {
    Never,
    /// For a step behind it that is better so.
    May,
    /// It is better so: what one row's values have in common, and functions of an input.
    Is,
}

/// Whether a step can be computed in `f32` where a head ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtTheEnd {
    Never,
    /// From bytes to `f32`.
    FromBytes,
    /// From `f32`, or from bytes by a table.
    FromReals,
    /// From `f32`, or from what bytes stand for.
    FromEither,
}

/// What a step leaves of the scales of what it gives or takes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Allows {
    /// One for all.
    Common,
    /// One for each channel, with the same zero point.
    OneZero,
    /// One for each channel.
    Free,
}

/// What a step takes.
pub(crate) struct Taken<'a> {
    /// The channels of the value.
    pub(crate) channels: Option<&'a Dim>,
    /// What the step gives has the scales of its inputs, one after the other.
    pub(crate) is_joined: bool,
    /// The step gives real numbers.
    pub(crate) gives_reals: bool,
}

impl Taken<'_> {
    /// A scale for each channel of the value, where these are the channels that the step goes along.
    pub(crate) fn along(&self, dim: &Dim, allows: Allows) -> Allows {
        if Some(dim) == self.channels { allows } else { Allows::Common }
    }
}

/// How a step is computed.
#[derive(Clone)]
pub(crate) enum How {
    /// From bytes to bytes.
    Bytes,
    /// To `f32`, where a head ends.
    End,
    /// In `f32`, where the model begins.
    Start,
    /// From the numbers of an input to bytes: a normalisation that is part of the input's quantisation.
    Edge(TokenStream),
}

/// A field of the struct.
pub(crate) struct Part {
    pub(crate) field: Ident,
    pub(crate) kind: TokenStream,
    /// What the names of its tensors begin with.
    pub(crate) path: String,
    /// How it is set from `float` and the scales.
    pub(crate) set: TokenStream,
}

/// What the parts of a step are made of.
pub(crate) struct Parts<'a> {
    /// Tokens where all bodies stand, and in an item.
    pub(crate) emit: Emit<'a>,
    pub(crate) items: Emit<'a>,
    pub(crate) int8: TokenStream,
    pub(crate) sizes: &'a Sizes,
    pub(crate) how: How,
    /// The number of its node.
    pub(crate) number: usize,
    pub(crate) path: String,
    /// Its parameters: `body.dense1`.
    pub(crate) slot: Option<TokenStream>,
    /// The scales of what it takes and gives: the one of all rows, and those of each.
    pub(crate) from: Vec<TokenStream>,
    pub(crate) to: TokenStream,
    pub(crate) from_each: Vec<TokenStream>,
    pub(crate) to_each: TokenStream,
    /// The number of the range before its activation.
    pub(crate) before: usize,
    /// Its scales are those of its inputs.
    pub(crate) is_joined: bool,
    /// How many numbers it takes at a time.
    pub(crate) taken: TokenStream,
    /// What a normalisation computes: its parameters are those of the identity from then on.
    pub(crate) affine: TokenStream,
}

impl Parts<'_> {
    pub(crate) fn field(&self) -> Ident {
        format_ident!("p{}", self.number)
    }

    /// The one part of a step.
    pub(crate) fn one(&self, kind: TokenStream, set: TokenStream) -> Vec<Part> {
        vec![Part { field: self.field(), kind, path: self.path.clone(), set }]
    }
}

/// What the call of a step is made of.
pub(crate) struct Call<'a> {
    pub(crate) emit: Emit<'a>,
    pub(crate) items: Emit<'a>,
    pub(crate) int8: TokenStream,
    pub(crate) sizes: &'a Sizes,
    pub(crate) how: How,
    /// The number of its node.
    pub(crate) number: usize,
    /// That of the first node with the same part.
    pub(crate) lead: usize,
    pub(crate) inputs: Vec<usize>,
    pub(crate) output: usize,
    /// Low bytes of what it takes, as an option, and where those that it makes go.
    pub(crate) from_low: Option<TokenStream>,
    pub(crate) to_low: Option<Ident>,
    /// For each input where it begins in the joined output.
    pub(crate) offsets: Vec<TokenStream>,
}

impl Call<'_> {
    pub(crate) fn part(&self) -> Ident {
        format_ident!("p{}", self.lead)
    }

    pub(crate) fn bytes(&self, input: usize) -> TokenStream {
        let field = bytes(self.inputs[input]);
        quote!(__values.#field)
    }

    pub(crate) fn all_bytes(&self) -> Vec<TokenStream> {
        (0..self.inputs.len()).map(|input| self.bytes(input)).collect()
    }

    pub(crate) fn real(&self, input: usize) -> TokenStream {
        let field = real(self.inputs[input]);
        quote!(__values.#field)
    }

    pub(crate) fn class(&self) -> TokenStream {
        let field = class(self.inputs[0]);
        quote!(__values.#field)
    }

    pub(crate) fn to_bytes(&self) -> TokenStream {
        let field = bytes(self.output);
        quote!(__values.#field)
    }

    pub(crate) fn to_real(&self) -> TokenStream {
        let field = real(self.output);
        quote!(__values.#field)
    }

    /// The table of an activation behind a layer with weights, where it needs one.
    pub(crate) fn looked_up(&self, function: &Function) -> Option<TokenStream> {
        let (int8, table, to) = (&self.int8, format_ident!("t{}", self.lead), self.to_bytes());
        Bound::of(function).is_none().then(|| quote!(#int8::Table::apply(&self.#table, &mut #to);))
    }

    /// A list of where the values are.
    pub(crate) fn stack_of_list(&self) -> TokenStream {
        let count = self.inputs.len();
        quote!(#count * ::core::mem::size_of::<::core::primitive::usize>())
    }
}

/// What ranges are observed from.
pub(crate) struct Observed<'a> {
    pub(crate) items: Emit<'a>,
    pub(crate) int8: TokenStream,
    pub(crate) sizes: &'a Sizes,
    pub(crate) number: usize,
    /// The number of the range of what it gives, and of what it gives before its activation.
    pub(crate) range: usize,
    pub(crate) before: usize,
    pub(crate) slot: Option<TokenStream>,
    /// What it takes in `f32`: the field of the values.
    pub(crate) from: Ident,
}

impl Observed<'_> {
    /// All that can come out, whether the data have it or not, of a step that gives probabilities.
    pub(crate) fn all_of_0_to_1(&self) -> TokenStream {
        let Self { int8, range, .. } = self;
        quote!(#int8::Range::give(&mut __ranges[#range], &[0.0, 1.0]);)
    }
}

/// An activation that is none, or a bound of what the layer gives: of `mtl_core::int8::Bound`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    None,
    Below,
    Both,
}

impl Bound {
    /// `None` of an activation that needs a table.
    pub(crate) fn of(function: &Function) -> Option<Self> {
        match function {
            _ if function.is_linear() => Some(Self::None),
            Function::Named(activation) => activation.cuts.map(|cuts| match cuts {
                Cuts::Below => Self::Below,
                Cuts::Both => Self::Both,
            }),
            Function::Own(..) => None,
        }
    }

    pub(crate) fn tokens(self) -> TokenStream {
        match self {
            Self::None => quote!(None),
            Self::Below => quote!(Below),
            Self::Both => quote!(Both(6.0)),
        }
    }

    /// What a layer with weights leaves of the scales of what it gives.
    pub(crate) fn allows(function: &Function) -> Allows {
        match Self::of(function) {
            Some(Self::None) => Allows::Free,
            Some(Self::Below) => Allows::OneZero,
            Some(Self::Both) | None => Allows::Common,
        }
    }
}

/// The fields of the values: bytes, low bytes, real numbers, a class.
pub(crate) fn bytes(value: usize) -> Ident {
    format_ident!("b{value}")
}

pub(crate) fn low(value: usize) -> Ident {
    format_ident!("l{value}")
}

pub(crate) fn real(value: usize) -> Ident {
    format_ident!("r{value}")
}

pub(crate) fn class(value: usize) -> Ident {
    format_ident!("k{value}")
}
