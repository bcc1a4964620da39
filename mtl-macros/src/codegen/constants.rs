//! The constants that describe a model: inputs, heads, tensors, layers.

use proc_macro2::TokenStream;
use quote::quote;

use crate::graph::{Activation, BlockLayer, Dim, Ending, Head, InputKind, LossKind, Node, Number, Operation, Pooling, Window};

use super::plan::Plan;
use super::tokens::Paths;
use super::{tokens, types};

pub(super) fn constants(plan: &Plan<'_>) -> TokenStream {
    let (mtl, graph) = (plan.mtl, plan.graph);
    let (name, scalar) = (graph.name.to_string(), &plan.scalar);
    let stages = plan.stages;
    let (model, imports) = (&plan.local.model, Paths::imports(mtl));

    let inputs = graph.inputs.iter().map(|input| {
        let name = plain(&input.name);
        match &input.kind {
            InputKind::Real(shape) => {
                let (sizes, width) = (shape.iter().map(|dim| plan.size(dim)).collect::<Vec<_>>(), plan.size(&graph.values[input.value].size));
                quote!(#model::InputInfo { name: #name, kind: #model::FieldKind::Real { width: #width }, shape: &[#(#sizes),*] })
            }
            InputKind::Class(classes) => {
                let classes = plan.size(classes);
                quote!(#model::InputInfo { name: #name, kind: #model::FieldKind::Class { classes: #classes }, shape: &[] })
            }
        }
    });

    let heads = graph.heads.iter().map(|head| {
        let (name, loss, partial) = (plain(&head.name), &head.loss.name, head.partial);
        let (weight, outputs) = (tokens::number(&head.weight), plan.size(&head.outputs));
        let (from, constants) = (&graph.values[head.value].label, Constant::of_head(head).map(|constant| constant.tokens(plan)));
        let ending = match head.ending {
            Ending::Identity => "linear",
            Ending::Softmax => "softmax",
            Ending::Sigmoid => "sigmoid",
        };
        let target = match &head.loss.kind {
            LossKind::Named { class_target: true, .. } => quote!(#model::FieldKind::Class { classes: #outputs }),
            LossKind::Named { class_target: false, .. } => quote!(#model::FieldKind::Real { width: #outputs }),
            LossKind::Custom(_) => {
                let (target, scalar) = (types::target_type(plan, head), &plan.scalar);
                quote!(<#target as #mtl::__private::loss::Target<#scalar>>::KIND)
            }
        };
        quote! {
            #model::HeadInfo {
                name: #name, target: #target, partial: #partial, weight: #weight, loss: #loss, outputs: #outputs,
                from: #from, ending: #ending, constants: &[#(#constants),*],
            }
        }
    });

    let parameters = graph.blocks.iter().flat_map(|block| block.layers.iter().map(move |layer| (block, layer))).flat_map(|(block, layer)| {
        let (block_name, layer_name) = (&block.name, &layer.name);
        let (block_text, layer_text) = (plain(block_name), plain(layer_name));
        let heads = layer.heads.0;
        tensors(plan, layer).into_iter().map(move |tensor| {
            let (path, field) = match tensor.field {
                Some(field) => (format!("{block_text}.{layer_text}.{field}"), {
                    let field = quote::format_ident!("{field}");
                    quote!(#block_name.#layer_name.#field)
                }),
                None => (format!("{block_text}.{layer_text}"), quote!(#block_name.#layer_name)),
            };
            let (shape, trainable) = (tensor.shape, tensor.trainable);
            quote! {
                #model::ParameterInfo {
                    path: #path,
                    block: #block_text,
                    shape: &[#(#shape),*],
                    offset: ::core::mem::offset_of!(Self, #field) / __scalar,
                    len: 1 #(* (#shape))*,
                    trainable: #trainable,
                    heads: #model::HeadSet(#heads),
                }
            }
        })
    });

    let normalizers = plan.normalizers().into_iter().map(|(slot, _)| {
        let block = &graph.blocks[slot.block];
        format!("{}.{}", plain(&block.name), plain(&block.layers[slot.layer].name))
    });

    let input_layers = graph.inputs.iter().map(|input| {
        let (name, heads) = (plain(&input.name), graph.values[input.value].heads.0);
        let shape = graph.values[input.value].shape.iter().map(|dim| plan.size(dim));
        quote! {
            #model::LayerInfo { name: #name, kind: "Input", output: &[#(#shape),*], parameters: 0, multiply_adds: 0, from: &[], stack: 0, constants: &[], heads: #model::HeadSet(#heads) }
        }
    });
    let mut seen = Vec::new();
    let layers = graph.nodes.iter().enumerate().map(|(number, node)| {
        let (name, kind, heads) = (&node.path, kind(node), node.heads.0);
        let shape = graph.values[node.outputs[0]].shape.iter().map(|dim| plan.size(dim));
        let from = node.inputs.iter().map(|&input| &graph.values[input].label);
        let (multiply_adds, stack) = (multiply_adds(plan, node), stack(plan, node));
        let constants = Constant::of_node(plan, number).into_iter().map(|constant| constant.tokens(plan));
        let parameters = match node.slot {
            Some(slot) if !seen.contains(&slot) => {
                seen.push(slot);
                let layer = plan.parameters_type(&graph.blocks[slot.block].layers[slot.layer], &plan.local);
                quote!(<#layer as #mtl::__private::Flat<#scalar>>::LEN)
            }
            _ => quote!(0),
        };
        quote! {
            #model::LayerInfo {
                name: #name, kind: #kind, output: &[#(#shape),*], parameters: #parameters, multiply_adds: #multiply_adds, from: &[#(#from),*],
                stack: #stack, constants: &[#(#constants),*], heads: #model::HeadSet(#heads),
            }
        }
    });

    let blocks = super::freezing::blocks(plan);
    quote! {
        #blocks
        const NAME: &'static str = #name;
        const INPUTS: &'static [#mtl::__private::model::InputInfo] = &{ #imports [#(#inputs),*] };
        const HEADS: &'static [#mtl::__private::model::HeadInfo] = &{ #imports [#(#heads),*] };
        const PARAMETERS: &'static [#mtl::__private::model::ParameterInfo] = &{ #imports let __scalar = ::core::mem::size_of::<#scalar>(); [#(#parameters),*] };
        const LAYERS: &'static [#mtl::__private::model::LayerInfo] = &{ #imports [#(#input_layers,)* #(#layers),*] };
        const STAGES: usize = #stages;
        const NORMALIZERS: &'static [&'static str] = &[#(#normalizers),*];
    }
}

/// What a step works with on the stack, in bytes.
fn stack(plan: &Plan<'_>, node: &Node) -> TokenStream {
    let (mtl, layer, scalar) = (plan.mtl, &plan.local.layer, &plan.scalar);
    match &node.operation {
        Operation::Convolution { .. } | Operation::Custom(_) => {
            let (input, output) = (&plan.graph.values[node.inputs[0]].size, plan.width(node.outputs[0]));
            let kind = tokens::descriptor(&node.operation, input, mtl, &plan.local).expect("both are layers").kind;
            let input = plan.argument(input);
            quote!(<#kind as #layer::Layer<#input, #output, #scalar>>::STACK_BYTES)
        }
        Operation::Recurrent(recurrent) => {
            let value = tokens::recurrent_type(recurrent, mtl, &plan.local);
            quote!(<#value>::stack_bytes::<#scalar>())
        }
        Operation::Add
        | Operation::Multiply
        | Operation::Average
        | Operation::Maximum
        | Operation::CrossStitch { .. }
        | Operation::Mixture { .. } => {
            let count = node.inputs.len();
            quote!(#mtl::__private::stack::of_merge(#count))
        }
        // A factor and a centre for every channel, kept while the pixels go by.
        Operation::BatchNorm { .. } | Operation::Normalize if plan.channels(node).is_some() => {
            let channels = plan.taken(node);
            quote!(2usize * #channels * ::core::mem::size_of::<#scalar>())
        }
        Operation::Dense { .. }
        | Operation::Dropout { .. }
        | Operation::BatchNorm { .. }
        | Operation::LayerNorm { .. }
        | Operation::Normalize
        | Operation::GaussianNoise { .. }
        | Operation::Concat
        | Operation::Embedding { .. }
        | Operation::OneHot { .. }
        | Operation::Reshape
        | Operation::Pool { .. }
        | Operation::Activation(_)
        | Operation::Softmax => quote!(0),
    }
}

/// The step with its activation, `Dense(relu)`: what a layer computes beside its parameters belongs to the model's fingerprint.
fn kind(node: &Node) -> String {
    let activation = match &node.operation {
        Operation::Dense { activation, .. } | Operation::Activation(activation) => activation,
        Operation::Convolution { activation, window, .. } => {
            let name = match activation {
                Activation::Named("Linear") => None,
                Activation::Named(name) => Some(crate::case::snake(name)),
                Activation::Path(path, _) => Some(path.clone()),
            };
            return with_window(node, name, window);
        }
        Operation::Pool { window, .. } if node.kind != "GlobalAveragePool" => return with_window(node, known(&window.size), window),
        _ => return node.kind.clone(),
    };
    match activation {
        Activation::Named("Linear") => node.kind.clone(),
        Activation::Named(name) if matches!(node.operation, Operation::Dense { .. }) => format!("{}({})", node.kind, crate::case::snake(name)),
        Activation::Path(path, _) if matches!(node.operation, Operation::Dense { .. }) => format!("{}({path})", node.kind),
        Activation::Named(_) | Activation::Path(..) => node.kind.clone(),
    }
}

/// A step with what its window does that does not show in the shapes of its parameters.
fn with_window(node: &Node, first: Option<String>, window: &Window) -> String {
    let side_by_side = matches!(node.operation, Operation::Pool { .. }) && window.stride == window.size;
    let stride = known(&window.stride).filter(|stride| stride != "1" && !side_by_side).map(|stride| format!("stride {stride}"));
    let padding = window.padded.then(|| "same".to_owned());
    let words: Vec<String> = first.into_iter().chain(stride).chain(padding).collect();
    if words.is_empty() { node.kind.clone() } else { format!("{}({})", node.kind, words.join(", ")) }
}

/// `2`, or `2x3`, of sizes that are numbers. Names of constants are left out: what a model is does not depend on them.
fn known(sizes: &[Dim; 2]) -> Option<String> {
    match sizes {
        [Dim::Literal(1), Dim::Literal(columns)] => Some(columns.to_string()),
        [Dim::Literal(rows), Dim::Literal(columns)] if rows == columns => Some(rows.to_string()),
        [Dim::Literal(rows), Dim::Literal(columns)] => Some(format!("{rows}x{columns}")),
        _ => None,
    }
}

/// What a step or a loss is told that neither sizes nor parameters show.
struct Constant<'g> {
    name: String,
    value: ConstantValue<'g>,
    /// Predictions do not depend on it.
    training: bool,
}

enum ConstantValue<'g> {
    Number(&'g Number),
    Size(&'g Dim),
    Boolean(bool),
    Text(String),
}

impl<'g> Constant<'g> {
    fn predicting(name: &str, value: ConstantValue<'g>) -> Self {
        Self { name: name.to_owned(), value, training: false }
    }

    fn training(name: impl Into<String>, number: &'g Number) -> Self {
        Self { name: name.into(), value: ConstantValue::Number(number), training: true }
    }

    /// Those of a step. Whoever adds a step with constants has to say here which they are: `tests/fingerprint.rs` sees to it.
    fn of_node(plan: &Plan<'g>, number: usize) -> Vec<Self> {
        let graph = plan.graph;
        let node = &graph.nodes[number];
        let mut constants = match &node.operation {
            Operation::Dense { activation, l1, l2, .. } => with_penalties(vec![of_activation(activation)], l1, l2),
            Operation::Convolution { window, activation, l1, l2, .. } => {
                let mut constants = of_window(window);
                constants.push(of_activation(activation));
                with_penalties(constants, l1, l2)
            }
            Operation::Recurrent(recurrent) => {
                with_penalties(vec![Self::predicting("sequences", ConstantValue::Boolean(recurrent.sequences))], &recurrent.l1, &recurrent.l2)
            }
            Operation::Activation(activation) => vec![of_activation(activation)],
            Operation::Pool { window, pooling } => {
                let pooling = if *pooling == Pooling::Max { "max" } else { "average" };
                let mut constants = of_window(window);
                constants.push(Self::predicting("pooling", ConstantValue::Text(pooling.to_owned())));
                constants
            }
            Operation::BatchNorm { momentum, epsilon } => {
                vec![Self::predicting("epsilon", ConstantValue::Number(epsilon)), Self::training("momentum", momentum)]
            }
            Operation::LayerNorm { epsilon } => vec![Self::predicting("epsilon", ConstantValue::Number(epsilon))],
            Operation::Dropout { rate } => vec![Self::training("rate", rate)],
            Operation::GaussianNoise { stddev } => vec![Self::training("stddev", stddev)],
            Operation::Custom(custom) => {
                let text = |tokens: &TokenStream| ConstantValue::Text(tokens.to_string());
                vec![Self::predicting("type", text(&custom.path.0)), Self::predicting("arguments", text(&custom.arguments.0))]
            }
            // What these are told shows in shapes, in parameters and in the number of sources, or matters for the first parameters alone.
            Operation::Normalize
            | Operation::Concat
            | Operation::Add
            | Operation::Multiply
            | Operation::Average
            | Operation::Maximum
            | Operation::Embedding { .. }
            | Operation::OneHot { .. }
            | Operation::Reshape
            | Operation::Softmax
            | Operation::CrossStitch { .. }
            | Operation::Mixture { .. } => Vec::new(),
        };
        // Ties stand with the first layer of the block that they are written from.
        let first_of = |block: usize| graph.nodes.iter().position(|node| node.slot.is_some_and(|slot| slot.block == block));
        for tie in graph.ties.iter().filter(|tie| first_of(tie.left) == Some(number)) {
            constants.push(Self::training(format!("tie to {}", plain(&graph.blocks[tie.right].name)), &tie.l2));
        }
        constants
    }

    /// Those of a head's loss.
    fn of_head(head: &'g Head) -> impl Iterator<Item = Self> {
        let (arguments, own) = match &head.loss.kind {
            LossKind::Named { arguments, .. } => (&**arguments, None),
            LossKind::Custom(custom) => (&[][..], Some(custom)),
        };
        let own = own.into_iter().map(|custom| Self {
            name: "arguments".to_owned(),
            value: ConstantValue::Text(custom.arguments.0.to_string()),
            training: true,
        });
        let smoothing = head.loss.label_smoothing.iter().map(|smoothing| Self::training("label_smoothing", smoothing));
        let numbered = |name: &'static str, numbers: &'g [Number]| numbers.iter().map(move |number| Self::training(name, number));
        numbered("argument", arguments).chain(own).chain(smoothing).chain(numbered("class_weights", &head.loss.class_weights))
    }

    fn tokens(&self, plan: &Plan<'_>) -> TokenStream {
        let (model, name, training) = (&plan.local.model, &self.name, self.training);
        let value = match &self.value {
            ConstantValue::Number(number) => {
                let number = tokens::number(number);
                quote!(Number(#number))
            }
            ConstantValue::Size(size) => {
                let size = plan.size(size);
                quote!(Number((#size) as ::core::primitive::f64))
            }
            ConstantValue::Boolean(value) => {
                let number = f64::from(u8::from(*value));
                quote!(Number(#number))
            }
            ConstantValue::Text(text) => quote!(Text(#text)),
        };
        quote!(#model::Constant { name: #name, value: #model::ConstantValue::#value, training: #training })
    }
}

fn of_activation(activation: &Activation) -> Constant<'_> {
    let text = match activation {
        Activation::Named(name) => (*name).to_owned(),
        Activation::Path(_, path) => path.0.to_string(),
    };
    Constant::predicting("activation", ConstantValue::Text(text))
}

fn of_window(window: &Window) -> Vec<Constant<'_>> {
    let sizes = ["rows", "columns"].iter().zip(&window.size).chain(["row stride", "column stride"].iter().zip(&window.stride));
    let sizes = sizes.map(|(name, size)| Constant::predicting(name, ConstantValue::Size(size)));
    sizes.chain([Constant::predicting("padded", ConstantValue::Boolean(window.padded))]).collect()
}

fn with_penalties<'g>(mut constants: Vec<Constant<'g>>, l1: &'g Option<Number>, l2: &'g Option<Number>) -> Vec<Constant<'g>> {
    constants.extend(l1.iter().map(|l1| Constant::training("l1", l1)).chain(l2.iter().map(|l2| Constant::training("l2", l2))));
    constants
}

/// A name as text, without `r#`.
pub(super) fn plain(name: &proc_macro2::Ident) -> String {
    name.to_string().trim_start_matches("r#").to_owned()
}

pub(super) struct Tensor {
    /// `None`: the whole of a user's own parameters.
    pub(super) field: Option<&'static str>,
    shape: Vec<TokenStream>,
    pub(super) trainable: bool,
}

/// The tensors of a layer in the order of its fields, with Keras's shapes.
pub(super) fn tensors(plan: &Plan<'_>, layer: &BlockLayer) -> Vec<Tensor> {
    let (input, output) = (plan.size(&layer.input), plan.size(&layer.output));
    let vector = |field, trainable| Tensor { field: Some(field), shape: vec![output.clone()], trainable };
    match &layer.operation {
        Operation::Dense { bias, .. } => {
            let mut tensors = vec![Tensor { field: Some("kernel"), shape: vec![input, output.clone()], trainable: true }];
            if *bias {
                tensors.push(vector("bias", true));
            }
            tensors
        }
        Operation::Convolution { window, bias, .. } => {
            let sizes = window.size.iter().skip(usize::from(window.is_sequence)).chain([&window.image[2]]);
            let shape = sizes.map(|dim| plan.size(dim)).chain([output.clone()]).collect();
            let mut tensors = vec![Tensor { field: Some("kernel"), shape, trainable: true }];
            if *bias {
                tensors.push(vector("bias", true));
            }
            tensors
        }
        Operation::BatchNorm { .. } => {
            vec![vector("gamma", true), vector("beta", true), vector("moving_mean", false), vector("moving_variance", false)]
        }
        Operation::LayerNorm { .. } => vec![vector("gamma", true), vector("beta", true)],
        Operation::Normalize => vec![vector("mean", false), vector("variance", false)],
        Operation::Embedding { classes, units } => {
            vec![Tensor { field: Some("embeddings"), shape: vec![plan.size(classes), plan.size(units)], trainable: true }]
        }
        Operation::Recurrent(recurrent) => {
            let rows = plan.size(&recurrent.rows());
            let tensor = |field, shape| Tensor { field: Some(field), shape, trainable: true };
            let mut tensors = vec![
                tensor("kernel", vec![plan.size(&recurrent.features), rows.clone()]),
                tensor("recurrent_kernel", vec![plan.size(&recurrent.units), rows.clone()]),
            ];
            if recurrent.bias {
                let biases = recurrent.cell.biases();
                tensors.push(tensor("bias", if biases == 1 { vec![rows] } else { vec![quote!(#biases), rows] }));
            }
            tensors
        }
        Operation::CrossStitch { inputs, channels, .. } => {
            let inputs = quote!(#inputs);
            let shape = if *channels == Dim::Literal(1) { vec![inputs] } else { vec![inputs, plan.size(channels)] };
            vec![Tensor { field: Some("coefficients"), shape, trainable: true }]
        }
        Operation::Custom(_) => {
            let (kind, mtl, scalar) = (plan.parameters_type(layer, &plan.local), plan.mtl, &plan.scalar);
            vec![Tensor { field: None, shape: vec![quote!(<#kind as #mtl::__private::Flat<#scalar>>::LEN)], trainable: true }]
        }
        Operation::Dropout { .. }
        | Operation::GaussianNoise { .. }
        | Operation::Concat
        | Operation::Add
        | Operation::Multiply
        | Operation::Average
        | Operation::Maximum
        | Operation::OneHot { .. }
        | Operation::Reshape
        | Operation::Activation(_)
        | Operation::Softmax
        | Operation::Mixture { .. }
        | Operation::Pool { .. } => Vec::new(),
    }
}

/// Multiplications with addition for one sample: the products with kernels, and one an element where a layer scales.
fn multiply_adds(plan: &Plan<'_>, node: &Node) -> TokenStream {
    let output = plan.size(&plan.graph.values[node.outputs[0]].size);
    match &node.operation {
        Operation::Dense { .. } => {
            let input = plan.size(&plan.graph.values[node.inputs[0]].size);
            quote!(#input * #output)
        }
        Operation::Convolution { window, .. } => {
            let patch = plan.size(&window.patch());
            quote!(#patch * #output)
        }
        Operation::BatchNorm { .. } | Operation::LayerNorm { .. } | Operation::Normalize => output,
        Operation::Recurrent(recurrent) => {
            let [time, features, units] = [&recurrent.time, &recurrent.features, &recurrent.units].map(|dim| plan.size(dim));
            let rows = plan.size(&recurrent.rows());
            quote!(#time * #rows * (#features + #units))
        }
        Operation::Pool { pooling: Pooling::Average, .. } => output,
        Operation::CrossStitch { inputs: terms, .. } | Operation::Mixture { experts: terms } => quote!(#terms * #output),
        Operation::Custom(_)
        | Operation::Pool { pooling: Pooling::Max, .. }
        | Operation::Dropout { .. }
        | Operation::GaussianNoise { .. }
        | Operation::Concat
        | Operation::Add
        | Operation::Multiply
        | Operation::Average
        | Operation::Maximum
        | Operation::Embedding { .. }
        | Operation::OneHot { .. }
        | Operation::Reshape
        | Operation::Activation(_)
        | Operation::Softmax => quote!(0),
    }
}
