//! What the stages of the macro ask of a step.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::assertion::Relation;
use crate::custom::Custom;
use crate::diagnostic::Place;
use crate::emit::Emit;
use crate::emit::size::words;
use crate::function::Function;
use crate::number::Number;
use crate::size::{Dim, Shape};
use crate::vocabulary::Takes;

use super::Operation;
use super::int8::Int8;
use super::weighted::Weighted;

/// All that is known of a kind of step. What does not hold for every step has a default that holds for most.
pub(crate) trait Definition {
    /// What the summary calls it.
    fn name(&self) -> &str;

    fn takes(&self) -> Takes {
        Takes::Reals
    }

    /// It joins two values or more.
    fn joins(&self) -> bool {
        false
    }

    /// What it gives for what it takes; `None` if it cannot take that, which is reported.
    fn shape(&mut self, inputs: &[Shape], rules: &mut dyn Rules) -> Option<Shape>;

    /// The shape that it gives whatever flows in: with it, what follows a mistake is checked all the same.
    fn own_shape(&self) -> Option<Shape> {
        None
    }

    /// For a step on vectors that meets a sequence or an image: how to apply it to each step or pixel.
    fn over_each(&self, _text: &str, _dims: &[Dim]) -> Option<String> {
        None
    }

    /// It goes through a sequence and gives its last state alone, or not.
    fn last_state(&self) -> Option<bool> {
        None
    }

    /// Each of its values comes from the one in the same place, more or less: a sequence stays one.
    fn is_element_wise(&self) -> bool {
        false
    }

    /// The sizes among its arguments.
    fn sizes_mut(&mut self) -> Vec<&mut Dim> {
        Vec::new()
    }

    /// The output has the memory of the input.
    fn is_view(&self) -> bool {
        false
    }

    /// What `Dense` and the convolutions share.
    fn weighted(&self) -> Option<&Weighted> {
        None
    }

    fn weighted_mut(&mut self) -> Option<&mut Weighted> {
        None
    }

    /// Whether it has a bias, of a layer that may have one.
    fn has_bias(&self) -> Option<bool> {
        self.weighted().map(|weighted| weighted.bias)
    }

    /// The activation that it is.
    fn function(&self) -> Option<&Function> {
        None
    }

    /// The type of the user's own that it is.
    fn own(&self) -> Option<&Custom> {
        None
    }

    /// Its tensors in the order of the fields of its parameters, with Keras's names and shapes. All that is said of parameters follows from them.
    fn tensors(&self, _sizes: &Sizes) -> Vec<Tensor> {
        Vec::new()
    }

    /// It owns numbers that are trained or measured: its statement is a field of the model.
    fn has_parameters(&self) -> bool {
        !self.tensors(&Sizes::any()).is_empty()
    }

    /// Gradients move some of its parameters.
    fn is_trained(&self) -> bool {
        self.tensors(&Sizes::any()).iter().any(|tensor| tensor.trainable)
    }

    /// Parameters of which no gradient is taken, which `adapt` sets from data.
    fn adapts(&self) -> bool {
        false
    }

    /// It ends a head, and the loss is taken before it: no gradient comes back through it.
    fn follows_loss(&self) -> bool {
        false
    }

    /// It fills in what is missing of an input, so that no NaN comes out.
    fn fills_in(&self) -> bool {
        false
    }

    /// The sizes that its parameters go from and to: of its input and its output, or of a part of them that it sees at a time.
    fn ends(&self, sizes: &Sizes) -> (Dim, Dim) {
        if self.is_along_channels() {
            return (sizes.channels().clone(), sizes.channels().clone());
        }
        (sizes.from().clone(), sizes.output.size.clone())
    }

    /// The type of its parameters.
    fn parameters(&self, _sizes: &Sizes, _emit: &Emit<'_>) -> TokenStream {
        quote!(())
    }

    /// A line on it, for the docs of its field. `count` is the number of its parameters in words.
    fn doc(&self, sizes: &Sizes, count: &str) -> String {
        let (from, to) = self.ends(sizes);
        format!("From {} to {} values, {count} parameters.", words(&from), words(&to))
    }

    /// Multiplications with addition for one sample: the products with kernels, and one an element where a layer scales.
    fn multiply_adds(&self, _sizes: &Sizes) -> Vec<Product> {
        Vec::new()
    }

    /// What it works with on the stack, in bytes.
    fn stack(&self, _sizes: &Sizes, _emit: &Emit<'_>) -> TokenStream {
        quote!(0)
    }

    /// The step with what it computes beside its parameters, as the summary and the fingerprint call it: `Dense(relu)`.
    fn described(&self, kind: &str) -> String {
        kind.to_owned()
    }

    /// What it is told that neither sizes nor parameters show. `tests/fingerprint.rs` sees to it that none is left out.
    fn constants(&self, _sizes: &Sizes) -> Vec<Constant> {
        Vec::new()
    }

    /// What it computes, as a `graph::Operation` of the runtime: the declaration as data.
    fn graph(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream;

    /// The type that implements `Layer` for it, and its value; `None` for a step with functions of its own.
    fn layer(&self, _sizes: &Sizes, _emit: &Emit<'_>) -> Option<Descriptor> {
        None
    }

    /// It keeps something of a sample for the backward pass beside its values.
    fn keeps(&self) -> bool {
        false
    }

    /// What it records of a sample, step by step, and takes gradients of in the same form.
    fn records(&self, _sizes: &Sizes, _emit: &Emit<'_>) -> Option<TokenStream> {
        None
    }

    /// It does the same to every pixel of an image, along the channels.
    fn is_along_channels(&self) -> bool {
        false
    }

    /// It goes by statistics of the whole batch when training.
    fn is_over_batch(&self) -> bool {
        false
    }

    /// The descriptor of a step that goes by statistics of the whole batch.
    fn over_batch(&self, _seen: &Sizes, _emit: &Emit<'_>) -> TokenStream {
        TokenStream::new()
    }

    /// Sets the parameters of the field `at` at the start.
    fn initialize(&self, seen: &Sizes, at: &TokenStream, rng: &Ident, emit: &Emit<'_>) -> TokenStream {
        let Some(descriptor) = self.layer(seen, emit) else { return TokenStream::new() };
        let (from, to) = self.ends(seen);
        let (call, value) = (descriptor.call(&from, &to, emit), &descriptor.value);
        quote!(#call::initialize(&#value, #at, #rng);)
    }

    /// The call of its forward pass.
    fn forward(&self, call: &Forward<'_>) -> TokenStream {
        call.layer(self.layer(call.seen, &call.emit))
    }

    /// The call of its backward pass.
    fn backward(&self, call: &Backward<'_>) -> TokenStream {
        call.layer(self.layer(call.seen, &call.emit))
    }

    /// Its backward pass can write the gradient of its parameters rather than add to it.
    fn overwrites(&self) -> bool {
        false
    }

    /// Its form in eight bits, if it has one.
    fn int8(&self) -> Option<&dyn Int8> {
        None
    }

    /// What it is when predicting, for folding normalisations into their neighbours.
    fn folding(&self) -> Folding {
        Folding::No
    }

    /// A step of the same word that comes before it.
    fn first(&self) -> Option<Operation> {
        None
    }

    /// What the field of such a step has behind the word's, which Keras's names have not.
    fn field_ending(&self) -> &'static str {
        ""
    }

    /// A call of a method of a normalisation that can be folded: of its parameters, or of its descriptor with a reference to them.
    fn affine(&self, _seen: &Sizes, _method: &Ident, _reference: &TokenStream, _parameters: &TokenStream, _emit: &Emit<'_>) -> TokenStream {
        TokenStream::new()
    }
}

/// What a step may ask and report while shapes flow through it.
pub(crate) trait Rules {
    /// The step's name as the user wrote it.
    fn written(&self) -> &str;
    /// How messages call what flows in.
    fn value(&self, input: usize) -> String;
    /// The way of what flows in from an input of the model, with shapes.
    fn trail(&self, input: usize) -> String;
    /// An error with the flow whose shapes are at odds, on the step or on a place within it.
    fn report_flow(&mut self, place: Option<Place>, fault: &str, flow: &str, help: &str);
    /// What only const evaluation can tell.
    fn assert(&mut self, left: &Dim, right: &Dim, relation: Relation, fault: &str, help: &str, place: Option<Place>);
    /// A shape, if its size can be a constant.
    fn real(&mut self, dims: Vec<Dim>) -> Option<Shape>;
    /// Arithmetic that Rust has not.
    fn no_arithmetic(&mut self, dims: &[Dim], what: &str, operator: &str);
    /// Values of one shape; reports those that are not. `verb` says what the step does with them.
    fn one_shape(&mut self, verb: &str, shapes: &[Vec<Dim>], help: &str) -> Option<()>;
    /// Whether softmax can go over such a value.
    fn softmax(&mut self, shape: &Shape) -> bool;
    /// Which columns may be missing, of an input where some may.
    fn optional(&self, input: usize) -> Option<Vec<bool>>;
    /// The path of a user's own type with the size of the input for every `_`.
    fn sized(&self, path: &TokenStream, size: &Dim) -> TokenStream;
}

/// A value's shape, and how many numbers it has.
#[derive(Clone)]
pub(crate) struct Shaped {
    pub(crate) shape: Shape,
    pub(crate) size: Dim,
}

/// What a step takes and gives at one use of it.
#[derive(Clone)]
pub(crate) struct Sizes {
    pub(crate) inputs: Vec<Shaped>,
    pub(crate) output: Shaped,
}

impl Sizes {
    /// Stand-ins, for what does not depend on sizes: an image of one pixel, which any step can take as it is.
    fn any() -> Self {
        let one = Shaped { shape: Shape::Real(vec![Dim::Literal(1); 3]), size: Dim::Literal(1) };
        Self { inputs: vec![one.clone()], output: one }
    }

    /// The numbers of what it takes first.
    pub(crate) fn from(&self) -> &Dim {
        &self.inputs[0].size
    }

    /// The shape of what it takes first; empty for a class.
    pub(crate) fn input(&self) -> &[Dim] {
        self.inputs[0].shape.dims()
    }

    /// The last axis of what it takes first.
    pub(crate) fn channels(&self) -> &Dim {
        self.input().last().unwrap_or(self.from())
    }

    /// How many classes there are, of a step that takes one.
    pub(crate) fn classes(&self) -> &Dim {
        match &self.inputs[0].shape {
            Shape::Class(classes) => classes,
            Shape::Real(_) => self.from(),
        }
    }

    /// The last axis of what it gives.
    pub(crate) fn units(&self) -> &Dim {
        self.output.shape.dims().last().unwrap_or(&self.output.size)
    }

    /// What a step along the channels sees of it at a time: those of one pixel.
    pub(crate) fn along_channels(&self) -> Self {
        let seen = |shaped: &Shaped| {
            let channels = shaped.shape.dims().last().unwrap_or(&shaped.size).clone();
            Shaped { shape: Shape::Real(vec![channels.clone()]), size: channels }
        };
        Self { inputs: self.inputs.iter().map(seen).collect(), output: seen(&self.output) }
    }

    pub(crate) fn dims_mut(&mut self) -> impl Iterator<Item = &mut Dim> {
        self.inputs.iter_mut().chain([&mut self.output]).flat_map(|shaped| shaped.shape.dims_mut().iter_mut().chain([&mut shaped.size]))
    }
}

/// Numbers to be multiplied, of a sum of such products. The product with a kernel counts as a matrix product in the summary.
pub(crate) struct Product {
    pub(crate) factors: Vec<Dim>,
    pub(crate) is_matrix: bool,
}

impl Product {
    pub(crate) fn matrix(factors: &[&Dim]) -> Self {
        Self { factors: factors.iter().copied().cloned().collect(), is_matrix: true }
    }

    pub(crate) fn scaling(factors: &[&Dim]) -> Self {
        Self { factors: factors.iter().copied().cloned().collect(), is_matrix: false }
    }
}

/// A tensor of a layer.
#[derive(Clone)]
pub(crate) struct Tensor {
    pub(crate) extent: Extent,
    /// Gradients move it.
    pub(crate) trainable: bool,
    /// `l1` and `l2` of the layer count it.
    pub(crate) penalties: [Option<Number>; 2],
    /// What Keras calls it, where its field has another name.
    pub(crate) called: Option<&'static str>,
}

/// The field that holds a tensor, with its shape.
#[derive(Clone)]
pub(crate) enum Extent {
    Field(&'static str, Vec<Dim>),
    /// All of a user's own parameters.
    Whole,
}

impl Tensor {
    pub(crate) fn trained(field: &'static str, shape: &[&Dim]) -> Self {
        Self { extent: Extent::Field(field, shape.iter().copied().cloned().collect()), trainable: true, penalties: [None, None], called: None }
    }

    pub(crate) fn measured(field: &'static str, shape: &[&Dim]) -> Self {
        Self { trainable: false, ..Self::trained(field, shape) }
    }

    /// The same by the name that Keras gives it.
    pub(crate) fn called(self, called: &'static str) -> Self {
        Self { called: Some(called), ..self }
    }

    /// The same with penalties on its values.
    pub(crate) fn penalised(self, l1: &Option<Number>, l2: &Option<Number>) -> Self {
        Self { penalties: [l1.clone(), l2.clone()], ..self }
    }
}

/// What a step or a loss is told that neither sizes nor parameters show.
pub(crate) struct Constant {
    pub(crate) name: String,
    pub(crate) value: ConstantValue,
    /// Predictions do not depend on it.
    pub(crate) training: bool,
}

pub(crate) enum ConstantValue {
    Number(Number),
    Size(Dim),
    Boolean(bool),
    Text(String),
}

impl Constant {
    pub(crate) fn predicting(name: &str, value: ConstantValue) -> Self {
        Self { name: name.to_owned(), value, training: false }
    }

    pub(crate) fn training(name: impl Into<String>, number: &Number) -> Self {
        Self { name: name.into(), value: ConstantValue::Number(number.clone()), training: true }
    }

    pub(crate) fn of_function(function: &Function) -> Self {
        let text = match function {
            Function::Named(activation) => activation.type_name.to_owned(),
            Function::Own(_, path) => path.0.to_string(),
        };
        Self::predicting("activation", ConstantValue::Text(text))
    }
}

/// What a step is when predicting, for folding normalisations into their neighbours.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folding {
    /// Something else: nothing can be folded past it.
    No,
    /// It does nothing.
    Identity,
    /// It gives the same numbers another shape.
    Reshapes,
    /// `y = a ⊙ x + c`, to be folded.
    Normalization,
    /// Weights and a bias, into which what comes before it and what comes after can be folded, or not.
    Weights {
        before: bool,
        after: bool,
        /// It must see the very channels that are normalised.
        of_channels: bool,
    },
}

/// The type that describes a layer, and the constant expression of that type.
pub(crate) struct Descriptor {
    pub(crate) kind: TokenStream,
    pub(crate) value: TokenStream,
    /// A type of the user's is named in full, so that rustc's errors about it stand on its path; ours are told by the value.
    pub(crate) is_own: bool,
}

impl Descriptor {
    pub(crate) fn new(kind: TokenStream, arguments: &TokenStream) -> Self {
        let value = quote!(const { <#kind>::new(#arguments) });
        Self { kind, value, is_own: false }
    }

    fn call(&self, from: &Dim, to: &Dim, emit: &Emit<'_>) -> TokenStream {
        let (layer, scalar, kind) = (&emit.paths.layer, emit.scalar, &self.kind);
        let (from, to) = (emit.argument(from), emit.argument(to));
        if self.is_own { quote!(<#kind as #layer::Layer<#from, #to, #scalar>>) } else { quote!(#layer::Layer::<#from, #to, #scalar>) }
    }
}

/// What a call of a forward pass is made of. Values are places: `__values.v1[..__columns]`.
pub(crate) struct Forward<'a> {
    pub(crate) emit: Emit<'a>,
    pub(crate) sizes: &'a Sizes,
    /// The sizes as the step sees them: of a step along the channels those of a pixel.
    pub(crate) seen: &'a Sizes,
    pub(crate) inputs: Vec<TokenStream>,
    pub(crate) output: TokenStream,
    /// Input and output, borrowed, as a step along the channels takes them, or any other.
    pub(crate) from: TokenStream,
    pub(crate) to: TokenStream,
    /// `&self.body.dense1`, or `&()`.
    pub(crate) parameters: TokenStream,
    pub(crate) context: TokenStream,
    /// What the step keeps of a sample, borrowed; the same place with what it records.
    pub(crate) cache: TokenStream,
    pub(crate) records: TokenStream,
    /// Of a step over the batch: its statistics, and whether it goes by them.
    pub(crate) statistics: TokenStream,
    pub(crate) observes: TokenStream,
    /// For each input where it begins in the joined output.
    pub(crate) offsets: Vec<TokenStream>,
}

impl Forward<'_> {
    /// The call of a `Layer`.
    fn layer(&self, descriptor: Option<Descriptor>) -> TokenStream {
        let Some(descriptor) = descriptor else { return TokenStream::new() };
        let call = descriptor.call(self.seen.from(), &self.seen.output.size, &self.emit);
        let (value, Self { context, parameters, from, to, cache, .. }) = (&descriptor.value, self);
        quote! {
            #call::forward::<__S>(&#value, #context, #parameters, #from, #to, #cache);
        }
    }
}

/// What a call of a backward pass is made of, beside values as in [`Forward`].
pub(crate) struct Backward<'a> {
    pub(crate) emit: Emit<'a>,
    pub(crate) sizes: &'a Sizes,
    pub(crate) seen: &'a Sizes,
    pub(crate) inputs: Vec<TokenStream>,
    pub(crate) from: TokenStream,
    pub(crate) to: TokenStream,
    pub(crate) parameters: TokenStream,
    pub(crate) context: TokenStream,
    pub(crate) cache: TokenStream,
    pub(crate) records: TokenStream,
    /// Where the gradients of the records go.
    pub(crate) record_gradients: TokenStream,
    /// The gradient of the output, and borrowed to be changed.
    pub(crate) given: TokenStream,
    pub(crate) given_mut: TokenStream,
    /// `Some(GradientSink ..)` where the gradient of the first input is needed, else `None`.
    pub(crate) sink: TokenStream,
    /// For each input whose gradient is needed a sink.
    pub(crate) sinks: Vec<Option<TokenStream>>,
    /// Where the gradient of the parameters goes, borrowed.
    pub(crate) gradient: TokenStream,
    pub(crate) offsets: Vec<TokenStream>,
}

impl Backward<'_> {
    /// The inputs whose gradient is needed, with where it goes.
    pub(crate) fn needed(&self) -> impl Iterator<Item = (usize, &TokenStream)> {
        self.sinks.iter().enumerate().filter_map(|(number, sink)| Some((number, sink.as_ref()?)))
    }

    /// The call of a `Layer`.
    fn layer(&self, descriptor: Option<Descriptor>) -> TokenStream {
        let Some(descriptor) = descriptor else { return TokenStream::new() };
        let call = descriptor.call(self.seen.from(), &self.seen.output.size, &self.emit);
        let (value, Self { context, parameters, from, to, cache, given_mut, sink, gradient, .. }) = (&descriptor.value, self);
        quote! {
            #call::backward::<__S>(
                &#value, #context, #parameters, #from, #to, #cache, #given_mut, #sink, #gradient,
            );
        }
    }
}
