//! The steps by which tasks share softly: `CrossStitch`, `MixtureOfExperts`, `Cgc`.
//!
//! Each is made of steps with one output, which have no words: a row of coefficients for each output of a cross-stitch unit; dense experts, dense
//! gates with a softmax, and a mixture for each output of the others.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::ast::{Term, TermKind};
use crate::emit::{Emit, size::number, size::words};
use crate::number::Number;
use crate::size::{Dim, Shape};
use crate::text;
use crate::vocabulary::{ArgumentKind, Default, FRACTION, Takes, optional, required};

use super::merge::stack_of_list;
use super::weighted::Weighted;
use super::int8::{Allows, Call, Part, Parts, Taken};
use super::{Backward, Definition, Forward, Given, Int8, Kind, Operation, Product, Rules, Sizes, Tensor, Word};

/// What a flow keeps of itself in a cross-stitch unit at the start (Misra 2016).
const OWN_FLOW: f64 = 0.9;

/// The most experts of one kind: each is a layer in the generated code.
const MOST_EXPERTS: usize = 64;

const OF_MIXTURE: &str = "4, expert = Dense(16, relu)";
const OF_CGC: &str = "2, 2, expert = Dense(16, relu)";

pub(super) const WORDS: &[Word] = &[
    Word::new(
        "CrossStitch",
        Takes::Several,
        &[
            optional("init", ArgumentKind::Number(FRACTION), Default::Number(OWN_FLOW), "0.9").positional(),
            optional("channels", ArgumentKind::Boolean, Default::Boolean(false), "true"),
        ],
        |given| {
            let channels = given.boolean("channels");
            Kind::Sharing(Sharing::CrossStitch { initial: given.number("init"), channels })
        },
    ).says(
"`let (c, d) = (a, b) -> CrossStitch;` as many values out as in, of one shape, each a learned combination of all: `init` for its own flow, the rest shared evenly; with `channels = true` a coefficient for each channel (Misra 2016)"),
    Word::new(
        "MixtureOfExperts",
        Takes::Vector,
        &[required("experts", ArgumentKind::Count, "4").among(OF_MIXTURE), required("expert", ArgumentKind::Expert, OF_MIXTURE)],
        mixture_of_experts,
    ).says(
"`let (a, b) = body -> MixtureOfExperts(4, expert = Dense(16, relu));` a softmax gate and an output for each name over experts that all share (Ma 2018); one name is a plain mixture")
    .or(&["MMoE"])
    // Its parts are fields with names of their own, which begin with this one.
    .field("Moe"),
    Word::new(
        "Cgc",
        Takes::Vector,
        &[
            required("shared", ArgumentKind::Count, "2").among(OF_CGC),
            required("specific", ArgumentKind::Count, "2").among(OF_CGC),
            required("expert", ArgumentKind::Expert, OF_CGC),
        ],
        |given| Kind::Sharing(Sharing::Cgc { shared: count(given, "shared"), specific: count(given, "specific"), expert: expert(given) }),
    ).says(
"as many experts for all, and as many for each task: a task's gate sees its own and the shared ones. In a chain, `let (a, b) = x -> Cgc(2, 1, expert = Dense(16, relu)) -> Cgc(2, 1, expert = Dense(8, relu));`, it is PLE: every level but the last hands on a flow for each task and a shared one (Tang 2020). It also takes these as a tuple, `(a, b, common) -> Cgc(..)`")
    .or(&["CGC"]),
];

/// A step that is made of several. What is `None` was wrong and reported.
#[derive(Clone)]
pub(crate) enum Sharing {
    CrossStitch { initial: Number, channels: bool },
    MixtureOfExperts { experts: Option<usize>, expert: Option<Weighted> },
    Cgc { shared: Option<usize>, specific: Option<usize>, expert: Option<Weighted> },
}

fn mixture_of_experts(given: &mut Given<'_, '_, '_>) -> Kind {
    let experts = count(given, "experts");
    let expert = expert(given);
    if let (Some(1), Some(term)) = (experts, given.term("experts")) {
        let fault = "a mixture of one expert is that expert: its gate is always 1";
        given.reader.diagnostics.report(term.place, fault, "write two or more, or the expert itself in place of the mixture");
        return Kind::Broken;
    }
    Kind::Sharing(Sharing::MixtureOfExperts { experts, expert })
}

/// A number of layers, each of which is a field of the model: the macro must see it.
fn count(given: &mut Given<'_, '_, '_>, name: &str) -> Option<usize> {
    let (term, what) = (given.term(name)?, given.called(name));
    match given.dimension(name)? {
        Dim::Literal(count) if count <= MOST_EXPERTS => Some(count),
        Dim::Literal(count) => {
            let (fault, help) = (format!("{what} is too large: {count}"), format!("{MOST_EXPERTS} is the most there can be"));
            given.reader.diagnostics.report(term.place, fault, help);
            None
        }
        _ => {
            let fault = format!("{what} is a number written out, and not `{}`: every expert is a field of the model", text::term(term));
            given.reader.diagnostics.report(term.place, fault, format!("write a number, such as `{}`", given.example(name)));
            None
        }
    }
}

/// The layer that every expert is.
fn expert(given: &mut Given<'_, '_, '_>) -> Option<Weighted> {
    let term: &Term = given.term("expert")?;
    if let TermKind::Name(name, arguments) = &term.kind
        && let Some(word) = super::find(&name.to_string())
        && word.name == super::dense::WORDS[0].name
    {
        return match Given::bind(given.reader, word, name, arguments.as_ref()) {
            Kind::One(Operation::Dense(dense)) => Some(dense.0),
            Kind::One(_) | Kind::Sharing(_) | Kind::Layer(_) | Kind::Broken => None,
        };
    }
    // What it names may be used by it alone.
    given.reader.uncertain = true;
    if !matches!(term.kind, TermKind::Broken) {
        let fault = format!("an expert is a `Dense`, and not `{}`", text::term(term));
        given.reader.diagnostics.report(term.place, fault, "write `expert = Dense(16, relu)`");
    }
    None
}

impl Sharing {
    /// What the summary calls its last part.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::CrossStitch { .. } => "CrossStitch",
            Self::MixtureOfExperts { .. } => "MixtureOfExperts",
            Self::Cgc { .. } => "Cgc",
        }
    }

    pub(crate) fn takes(&self) -> Takes {
        match self {
            Self::CrossStitch { .. } => Takes::Several,
            Self::MixtureOfExperts { .. } | Self::Cgc { .. } => Takes::Vector,
        }
    }
}

/// One output of a cross-stitch unit: a learned combination of its inputs, which have one shape.
#[derive(Clone)]
pub(crate) struct CrossStitch {
    /// The input that is the output's own flow.
    pub(crate) number: usize,
    /// How many inputs there are.
    pub(crate) inputs: usize,
    /// The coefficient of the own flow at the start; the rest is shared evenly.
    pub(crate) initial: Number,
    /// Every channel has coefficients of its own.
    pub(crate) by_channel: bool,
}

/// The first input, the weights of a gate, times the others, the outputs of as many experts.
#[derive(Clone)]
pub(crate) struct Mixture {
    pub(crate) experts: usize,
}

impl CrossStitch {
    /// How many coefficients there are for each input.
    pub(crate) fn channels(&self, sizes: &Sizes) -> Dim {
        if self.by_channel { sizes.channels().clone() } else { Dim::Literal(1) }
    }
}

impl Definition for CrossStitch {
    fn name(&self) -> &str {
        "CrossStitch"
    }

    fn takes(&self) -> Takes {
        Takes::Several
    }

    fn shape(&mut self, inputs: &[Shape], _: &mut dyn Rules) -> Option<Shape> {
        Some(inputs[0].clone())
    }

    fn tensors(&self, sizes: &Sizes) -> Vec<Tensor> {
        let (inputs, channels) = (Dim::Literal(self.inputs), self.channels(sizes));
        vec![if channels == Dim::Literal(1) { Tensor::trained("coefficients", &[&inputs]) } else { Tensor::trained("coefficients", &[&inputs, &channels]) }]
    }

    fn parameters(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (layer, scalar, channels, inputs) = (&emit.paths.layer, emit.scalar, emit.argument(&self.channels(sizes)), self.inputs);
        quote!(#layer::CrossStitchParameters<#channels, #inputs, #scalar>)
    }

    fn doc(&self, _: &Sizes, count: &str) -> String {
        format!("What the output takes of each of {} flows, {count} parameters.", words(&Dim::Literal(self.inputs)))
    }

    fn multiply_adds(&self, sizes: &Sizes) -> Vec<Product> {
        vec![Product::scaling(&[&Dim::Literal(self.inputs), &sizes.output.size])]
    }

    fn stack(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        stack_of_list(sizes, emit)
    }

    fn initialize(&self, _: &Sizes, at: &TokenStream, _: &Ident, emit: &Emit<'_>) -> TokenStream {
        let (layer, initial, own) = (&emit.paths.layer, number(&self.initial), self.number);
        quote!(#layer::cross_stitch::initialize(#initial, #own, #at);)
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (model, own, initial, by_channel) = (&emit.paths.model, self.number, number(&self.initial), self.by_channel);
        quote!(#model::graph::Operation::CrossStitch { own: #own, initial: #initial, by_channel: #by_channel })
    }

    fn forward(&self, call: &Forward<'_>) -> TokenStream {
        let layer = &call.emit.paths.layer;
        let Forward { parameters, inputs, output, .. } = call;
        quote!(#layer::cross_stitch::forward::<__S, _, _, _, _>(#parameters, [#(&#inputs),*], &mut #output);)
    }

    fn backward(&self, call: &Backward<'_>) -> TokenStream {
        let layer = &call.emit.paths.layer;
        let Backward { parameters, inputs, given, gradient, .. } = call;
        let parts = call.needed().map(|(part, sink)| quote!(#layer::cross_stitch::input_gradient(#parameters, #part, &#given, #sink);));
        quote! {
            #(#parts)*
            #layer::cross_stitch::backward::<__S, _, _, _, _>([#(&#inputs),*], &#given, #gradient);
        }
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(self)
    }
}

impl Int8 for CrossStitch {
    fn gives(&self, sizes: &Sizes) -> Allows {
        if self.by_channel || *sizes.channels() == Dim::Literal(1) { Allows::Free } else { Allows::Common }
    }

    fn takes(&self, sizes: &Sizes, taken: &Taken<'_>) -> Allows {
        taken.along(&self.channels(sizes), Allows::Free)
    }

    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (count, channels) = (of.from.len(), of.emit.argument(&self.channels(of.sizes)));
        let (field, Parts { int8, slot, from_each, to_each, .. }) = (of.field(), of);
        of.one(
            quote!(#int8::Combination<#channels, #count>),
            quote!(#int8::Combination::set_cross_stitch(&mut self.#field, &__float.#slot, [#(#from_each),*], #to_each);),
        )
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, part, inputs, to) = (&call.int8, call.part(), call.all_bytes(), call.to_bytes());
        quote!(#int8::Combination::forward(&self.#part, [#(&#inputs),*], &mut #to);)
    }

    fn stack(&self, call: &Call<'_>) -> TokenStream {
        call.stack_of_list()
    }
}

impl Definition for Mixture {
    fn name(&self) -> &str {
        "Mixture"
    }

    fn takes(&self) -> Takes {
        Takes::Several
    }

    fn shape(&mut self, inputs: &[Shape], _: &mut dyn Rules) -> Option<Shape> {
        inputs.get(1).cloned()
    }

    fn multiply_adds(&self, sizes: &Sizes) -> Vec<Product> {
        vec![Product::scaling(&[&Dim::Literal(self.experts), &sizes.output.size])]
    }

    fn stack(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        stack_of_list(sizes, emit)
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (model, experts) = (&emit.paths.model, self.experts);
        quote!(#model::graph::Operation::Mixture { experts: #experts })
    }

    fn forward(&self, call: &Forward<'_>) -> TokenStream {
        let (layer, gate, experts, output) = (&call.emit.paths.layer, &call.inputs[0], &call.inputs[1..], &call.output);
        quote!(#layer::mixture::forward::<__S, _, _, _>(&#gate, [#(&#experts),*], &mut #output);)
    }

    fn backward(&self, call: &Backward<'_>) -> TokenStream {
        let (layer, gate, experts, given) = (&call.emit.paths.layer, &call.inputs[0], &call.inputs[1..], &call.given);
        let parts = call.needed().map(|(part, sink)| match part.checked_sub(1) {
            None => quote!(#layer::mixture::gate_gradient([#(&#experts),*], &#given, #sink);),
            Some(expert) => quote!(#layer::mixture::expert_gradient(&#gate, #expert, &#given, #sink);),
        });
        parts.collect()
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(self)
    }
}

impl Int8 for Mixture {
    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (experts, field, Parts { int8, from, to, .. }) = (self.experts, of.field(), of);
        let from = &from[1..];
        of.one(quote!(#int8::Mixture<#experts>), quote!(#int8::Mixture::set(&mut self.#field, [#(#from),*], #to);))
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, part, inputs, to) = (&call.int8, call.part(), call.all_bytes(), call.to_bytes());
        let (gate, experts) = (&inputs[0], &inputs[1..]);
        quote!(#int8::Mixture::forward(&self.#part, &#gate, [#(&#experts),*], &mut #to);)
    }

    fn stack(&self, call: &Call<'_>) -> TokenStream {
        call.stack_of_list()
    }
}
