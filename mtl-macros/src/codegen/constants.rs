//! The constants that describe a model: inputs, heads, tensors, layers.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;

use crate::case::plain;
use crate::emit::size::number;
use crate::graph::{BlockLayer, Ending, Head, InputKind, LossKind, Node};
use crate::step::{Constant, ConstantValue, Extent};

use super::plan::Plan;
use super::{columns, types};

/// The lines of docs among attributes.
fn about(attributes: &TokenStream) -> String {
    let parsed = syn::parse::Parser::parse2(syn::Attribute::parse_outer, attributes.clone()).unwrap_or_default();
    let lines = parsed.iter().filter_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(syn::MetaNameValue { path, value: syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(line), .. }), .. })
            if path.is_ident("doc") =>
        {
            Some(line.value().trim().to_owned())
        }
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

pub(super) fn constants(plan: &Plan<'_>) -> TokenStream {
    let (mtl, graph) = (plan.mtl, plan.graph);
    let (name, scalar) = (plain(&graph.name), &plan.scalar);
    let stages = plan.stages;
    let about = about(&graph.attributes);
    let about = (!about.is_empty()).then(|| quote!(const ABOUT: &'static ::core::primitive::str = #about;));
    let model = &plan.local.model;

    let inputs = graph.inputs.iter().map(|input| {
        let (name, columns) = (plain(&input.name), columns::of_input(plan, input));
        match &input.kind {
            InputKind::Real(shape) => {
                let (sizes, width) = (shape.iter().map(|dim| plan.size(dim)).collect::<Vec<_>>(), plan.size(&graph.values[input.value].size));
                quote!(#model::InputInfo { name: #name, kind: #model::FieldKind::Real { width: #width }, shape: &[#(#sizes),*], columns: #columns })
            }
            InputKind::Class(classes) => {
                let classes = plan.size(classes);
                quote!(#model::InputInfo { name: #name, kind: #model::FieldKind::Class { classes: #classes }, shape: &[], columns: #columns })
            }
        }
    });

    let heads = graph.heads.iter().map(|head| {
        let (name, loss, partial) = (plain(&head.name), &head.loss.name, head.partial);
        let (weight, outputs) = (number(&head.weight), plan.size(&head.outputs));
        let (from, constants) = (&graph.values[head.value].label, of_head(head).into_iter().map(|constant| tokens(plan, &constant)));
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
        let columns = columns::of_head(plan, head, &target);
        quote! {
            #model::HeadInfo {
                name: #name, target: #target, partial: #partial, weight: #weight, loss: #loss, outputs: #outputs,
                from: #from, ending: #ending, constants: &[#(#constants),*], columns: #columns,
            }
        }
    });

    let parameters = graph.blocks.iter().flat_map(|block| block.layers.iter().map(move |layer| (block, layer))).flat_map(|(block, layer)| {
        let (block_name, layer_name) = (&block.name, &layer.name);
        let (block_text, layer_text) = (plain(block_name), plain(layer_name));
        let heads = layer.heads.0;
        layer.operation.tensors(&layer.sizes).into_iter().map(move |tensor| {
            let (path, field, shape) = match &tensor.extent {
                Extent::Field(field, shape) => {
                    let name = quote::format_ident!("{field}");
                    let shape = shape.iter().map(|dim| plan.size(dim)).collect();
                    (
                        format!(
                            "{block_text}.{}.{}",
                            layer_text.strip_suffix(layer.operation.field_ending()).unwrap_or(&layer_text),
                            tensor.called.unwrap_or(field)
                        ),
                        quote!(#block_name.#layer_name.#name),
                        shape,
                    )
                }
                Extent::Whole => (format!("{block_text}.{layer_text}"), quote!(#block_name.#layer_name), vec![length(plan, layer)]),
            };
            let trainable = tensor.trainable;
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

    let standardized = graph.heads.iter().enumerate().filter_map(|(number, head)| {
        let path = &graph.standardizer(head)?.1.path;
        Some(quote!((#number, #path)))
    });
    let standardized = standardized.collect::<Vec<_>>();
    // Most models have none, which is what `Model` says already.
    let standardized = (!standardized.is_empty())
        .then(|| quote!(const STANDARDIZED: &'static [(::core::primitive::usize, &'static ::core::primitive::str)] = &[#(#standardized),*];));

    let input_layers = graph.inputs.iter().map(|input| {
        let (name, heads) = (plain(&input.name), graph.values[input.value].heads.0);
        let shape = graph.values[input.value].shape.iter().map(|dim| plan.size(dim));
        quote! {
            #model::LayerInfo { name: #name, kind: "Input", output: &[#(#shape),*], parameters: 0, multiply_adds: 0, from: &[], stack: 0, constants: &[], heads: #model::HeadSet(#heads) }
        }
    });
    let mut seen = Vec::new();
    let layers = graph.nodes.iter().enumerate().map(|(number, node)| {
        let (name, kind, heads) = (&node.path, node.operation.described(&node.kind), node.heads.0);
        let shape = graph.values[node.outputs[0]].shape.iter().map(|dim| plan.size(dim));
        let from = node.inputs.iter().map(|&input| &graph.values[input].label);
        let (multiply_adds, stack) = (multiply_adds(plan, node), node.operation.stack(&graph.sizes(node), &plan.emit()));
        let constants = of_node(plan, number).into_iter().map(|constant| tokens(plan, &constant));
        let parameters = match node.slot {
            Some(slot) if !seen.contains(&slot) => {
                seen.push(slot);
                let layer = plan.parameters_type(&graph.blocks[slot.block].layers[slot.layer], &plan.emit());
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

    let (blocks, described) = (super::freezing::blocks(plan), description(plan));
    quote! {
        #blocks
        const NAME: &'static ::core::primitive::str = #name;
        #about
        const INPUTS: &'static [#mtl::__private::model::InputInfo] = &[#(#inputs),*];
        const HEADS: &'static [#mtl::__private::model::HeadInfo] = &[#(#heads),*];
        const PARAMETERS: &'static [#mtl::__private::model::ParameterInfo] =
            &#model::ParameterInfo::all([#(#parameters),*], <Self as #mtl::__private::Flat<#scalar>>::LEN);
        const LAYERS: &'static [#mtl::__private::model::LayerInfo] = &[#(#input_layers,)* #(#layers),*];
        const GRAPH: #model::Graph = #described;
        const STAGES: ::core::primitive::usize = #stages;
        const NORMALIZERS: &'static [&'static ::core::primitive::str] = &[#(#normalizers),*];
        #standardized
    }
}

/// The declaration as data.
fn description(plan: &Plan<'_>) -> TokenStream {
    let (graph, model) = (plan.graph, &plan.local.model);
    // Where the tensors of each layer begin in `PARAMETERS`.
    let mut first = 0_usize;
    let mut tensors = BTreeMap::new();
    for (block, layers) in graph.blocks.iter().map(|block| &block.layers).enumerate() {
        for (number, layer) in layers.iter().enumerate() {
            let count = layer.operation.tensors(&layer.sizes).len();
            tensors.insert((block, number), (first, count));
            first += count;
        }
    }
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let inputs = graph.inputs.len();
    let steps = graph.nodes.iter().enumerate().map(|(number, node)| {
        let (path, value, heads, line) = (&node.path, node.outputs[0], node.heads.0, inputs + number);
        let (block, name) = (path.split('.').next().unwrap_or_default(), &graph.values[value].label);
        let operation = node.operation.graph(&graph.sizes(node), &plan.emit());
        let (taken, shape) = (&node.inputs, graph.values[value].shape.iter().map(|dim| plan.size(dim)));
        let (first, count) = node.slot.and_then(|slot| tensors.get(&(slot.block, slot.layer)).copied()).unwrap_or_default();
        let reuses = match seen.get(path.as_str()) {
            Some(earlier) => quote!(::core::option::Option::Some(#earlier)),
            None => {
                seen.insert(path, number);
                quote!(::core::option::Option::None)
            }
        };
        quote! {
            #model::graph::Step {
                path: #path, block: #block, name: #name, operation: #operation, inputs: &[#(#taken),*], output: &[#(#shape),*],
                parameters: #model::graph::parameters(<Self as #model::Model>::PARAMETERS, #first, #count), reuses: #reuses,
                constants: <Self as #model::Model>::LAYERS[#line].constants, heads: #model::HeadSet(#heads),
            }
        }
    });
    let heads = graph.heads.iter().enumerate().map(|(number, head)| {
        let value = head.value;
        quote!(#model::graph::Head { info: <Self as #model::Model>::HEADS[#number], value: #value })
    });
    quote!(#model::Graph { name: <Self as #model::Model>::NAME, inputs: <Self as #model::Model>::INPUTS, steps: &[#(#steps),*], heads: &[#(#heads),*] })
}

/// How many numbers the parameters of a layer are.
fn length(plan: &Plan<'_>, layer: &BlockLayer) -> TokenStream {
    let (kind, mtl, scalar) = (plan.parameters_type(layer, &plan.emit()), plan.mtl, &plan.scalar);
    quote!(<#kind as #mtl::__private::Flat<#scalar>>::LEN)
}

/// The constants of a step.
fn of_node(plan: &Plan<'_>, number: usize) -> Vec<Constant> {
    let graph = plan.graph;
    let node = &graph.nodes[number];
    let mut constants = node.operation.constants(&graph.sizes(node));
    // Ties stand with the first layer of the block that they are written from.
    let first_of = |block: usize| graph.nodes.iter().position(|node| node.slot.is_some_and(|slot| slot.block == block));
    for tie in graph.ties.iter().filter(|tie| first_of(tie.left) == Some(number)) {
        constants.push(Constant::training(format!("tie to {}", plain(&graph.blocks[tie.right].name)), &tie.l2));
    }
    constants
}

/// The constants of a head's loss.
fn of_head(head: &Head) -> Vec<Constant> {
    let (arguments, own) = match &head.loss.kind {
        LossKind::Named { arguments, .. } => (&**arguments, None),
        LossKind::Custom(custom) => (&[][..], Some(custom)),
    };
    let own = own.map(|custom| Constant { name: "arguments".to_owned(), value: ConstantValue::Text(custom.arguments.0.to_string()), training: true });
    let numbered =
        |name: &'static str, numbers: &[crate::number::Number]| numbers.iter().map(|number| Constant::training(name, number)).collect::<Vec<_>>();
    let smoothing = head.loss.label_smoothing.iter().map(|smoothing| Constant::training("label_smoothing", smoothing));
    numbered("argument", arguments).into_iter().chain(own).chain(smoothing).chain(numbered("class_weights", &head.loss.class_weights)).collect()
}

fn tokens(plan: &Plan<'_>, constant: &Constant) -> TokenStream {
    let (model, name, training) = (&plan.local.model, &constant.name, constant.training);
    let value = match &constant.value {
        ConstantValue::Number(value) => {
            let number = number(value);
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

/// Multiplications with addition for one sample.
fn multiply_adds(plan: &Plan<'_>, node: &Node) -> TokenStream {
    let products = node.operation.multiply_adds(&plan.graph.sizes(node));
    let mut sum = TokenStream::new();
    for (number, product) in products.iter().enumerate() {
        if number > 0 {
            sum.extend(quote!(+));
        }
        for (number, factor) in product.factors.iter().enumerate() {
            if number > 0 {
                sum.extend(quote!(*));
            }
            sum.extend(plan.size(factor));
        }
    }
    if products.is_empty() { quote!(0) } else { sum }
}
