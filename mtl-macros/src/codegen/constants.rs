//! The constants that describe a model: inputs, heads, tensors, layers.

use proc_macro2::TokenStream;
use quote::quote;

use crate::case::plain;
use crate::graph::{Activation, BlockLayer, Dim, InputKind, LossKind, Node, Operation, Pooling, Window};

use super::plan::Plan;
use super::{tokens, types};

pub(super) fn constants(plan: &Plan<'_>) -> TokenStream {
    let (mtl, graph) = (plan.mtl, plan.graph);
    let (name, scalar) = (plain(&graph.name), &plan.scalar);
    let stages = plan.stages;
    let model = &plan.local.model;

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
        let target = match &head.loss.kind {
            LossKind::Named { class_target: true, .. } => quote!(#model::FieldKind::Class { classes: #outputs }),
            LossKind::Named { class_target: false, .. } => quote!(#model::FieldKind::Real { width: #outputs }),
            LossKind::Custom(_) => {
                let (target, scalar) = (types::target_type(plan, head), &plan.scalar);
                quote!(<#target as #mtl::__private::loss::Target<#scalar>>::KIND)
            }
        };
        quote!(#model::HeadInfo { name: #name, target: #target, partial: #partial, weight: #weight, loss: #loss, outputs: #outputs })
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
                    offset: ::core::mem::offset_of!(Self, #field) / ::core::mem::size_of::<#scalar>(),
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
            #model::LayerInfo { name: #name, kind: "Input", output: &[#(#shape),*], parameters: 0, multiply_adds: 0, from: &[], heads: #model::HeadSet(#heads) }
        }
    });
    let mut seen = Vec::new();
    let layers = graph.nodes.iter().map(|node| {
        let (name, kind, heads) = (&node.path, kind(node), node.heads.0);
        let shape = graph.values[node.outputs[0]].shape.iter().map(|dim| plan.size(dim));
        let from = node.inputs.iter().map(|&input| &graph.values[input].label);
        let multiply_adds = multiply_adds(plan, node);
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
                name: #name, kind: #kind, output: &[#(#shape),*], parameters: #parameters, multiply_adds: #multiply_adds, from: &[#(#from),*], heads: #model::HeadSet(#heads),
            }
        }
    });

    let blocks = super::freezing::blocks(plan);
    quote! {
        #blocks
        const NAME: &'static ::core::primitive::str = #name;
        const INPUTS: &'static [#mtl::__private::model::InputInfo] = &[#(#inputs),*];
        const HEADS: &'static [#mtl::__private::model::HeadInfo] = &[#(#heads),*];
        const PARAMETERS: &'static [#mtl::__private::model::ParameterInfo] = &[#(#parameters),*];
        const LAYERS: &'static [#mtl::__private::model::LayerInfo] = &[#(#input_layers,)* #(#layers),*];
        const STAGES: ::core::primitive::usize = #stages;
        const NORMALIZERS: &'static [&'static ::core::primitive::str] = &[#(#normalizers),*];
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
            vec![Tensor { field: Some("table"), shape: vec![plan.size(classes), plan.size(units)], trainable: true }]
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
