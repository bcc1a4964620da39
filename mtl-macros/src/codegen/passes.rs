//! The forward pass, the backward pass and the losses of this graph.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::graph::{Ending, Head, Heads, InputKind, Node, Operation, Recurrent, Slot};

use super::constants;
use super::freezing;
use super::plan::Plan;
use super::tokens::{self, Paths};
use super::types::{self, ClassWeights};

/// `Model::forward`.
pub(super) fn forward(plan: &Plan<'_>) -> TokenStream {
    let imports = Paths::imports(plan.mtl);
    let (mtl, columns, values) = (plan.mtl, &plan.columns, plan.with_columns(plan.type_name("Values")));
    let stages = (0..plan.stages).map(|stage| {
        let steps = plan.graph.nodes.iter().enumerate().filter(|(number, _)| plan.stage[*number] == stage).map(|(number, node)| {
            let step = forward_node(plan, number, node);
            if step.is_empty() { step } else { plan.guarded(node.heads, step) }
        });
        quote!(#stage => { #(#steps)* })
    });
    quote! {
        #[inline(always)]
        fn forward<S: #mtl::__private::InstructionSet, const #columns: usize>(
            &self,
            stage: usize,
            pass: #mtl::__private::layer::Pass,
            heads: #mtl::__private::model::HeadSet,
            statistics: &Self::Statistics,
            values: &mut #values,
            columns: usize,
        ) {
            #imports
            let columns = ::core::cmp::Ord::min(columns, #columns);
            match stage { #(#stages)* _ => {} }
        }
    }
}

/// What a node's layer is told; `adding`: not to overwrite its gradient.
fn context(plan: &Plan<'_>, number: usize, adding: bool) -> TokenStream {
    let layer = &plan.local.layer;
    if let Some(slot) = plan.graph.nodes[number].slot {
        let (number, block) = (u32::try_from(number).unwrap_or(u32::MAX), freezing::set_of(plan, slot.block));
        let adding = if adding { quote!(.adding()) } else { quote!() };
        return quote!(#layer::Context { pass: pass.of_block(#block) #adding, node: #number });
    }
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    quote!(#layer::Context { pass, node: #number })
}

/// The parameters of a node: `&self.body.dense1`, or `&()`.
fn parameters(plan: &Plan<'_>, node: &Node) -> TokenStream {
    plan.slot(node).map_or_else(|| quote!(&()), |slot| quote!(&self.#slot))
}

pub(super) fn offset(plan: &Plan<'_>, node: &Node, part: usize) -> TokenStream {
    let terms = node.inputs[..part].iter().map(|&input| plan.size(&plan.graph.values[input].size));
    quote!(0usize #(+ #terms)*)
}

fn forward_node(plan: &Plan<'_>, number: usize, node: &Node) -> TokenStream {
    let (scalar, layer) = (&plan.scalar, &plan.local.layer);
    let output = node.outputs[0];
    let (to, width) = (plan.value_field(output), plan.width(output));
    let froms = node.inputs.iter().map(|&input| plan.value_field(input)).collect::<Vec<_>>();
    let from = &froms[0];
    let merge = |function: &str| {
        let function = format_ident!("{function}");
        quote!(#layer::merge::#function([#(&values.#froms[..columns]),*], &mut values.#to[..columns]);)
    };
    match &node.operation {
        Operation::Reshape => quote!(),
        Operation::Concat => {
            let parts = node.inputs.iter().enumerate().map(|(part, &input)| {
                let (from, part_width, offset) = (&froms[part], plan.width(input), offset(plan, node, part));
                quote!(#layer::merge::concat_part::<#scalar, #part_width, #width>(&values.#from[..columns], #offset, &mut values.#to[..columns]);)
            });
            quote!(#(#parts)*)
        }
        Operation::Add => merge("add"),
        Operation::Multiply => merge("multiply"),
        Operation::Average => merge("average"),
        Operation::Maximum => merge("maximum"),
        Operation::CrossStitch { .. } => {
            let parameters = parameters(plan, node);
            quote!(#layer::cross_stitch::forward::<S, _, _, _, _>(#parameters, [#(&values.#froms[..columns]),*], &mut values.#to[..columns]);)
        }
        Operation::Mixture { .. } => {
            let experts = &froms[1..];
            quote!(#layer::mixture::forward::<S, _, _, _>(&values.#from[..columns], [#(&values.#experts[..columns]),*], &mut values.#to[..columns]);)
        }
        Operation::OneHot { classes } => {
            let classes = plan.argument(classes);
            quote!(#layer::one_hot::<#scalar, #classes>(&values.#from[..columns], &mut values.#to[..columns]);)
        }
        Operation::Embedding { classes, units } => {
            let (classes, units, parameters) = (plan.argument(classes), plan.argument(units), parameters(plan, node));
            quote!(#layer::Embedding::<#classes, #units>::new().forward(#parameters, &values.#from[..columns], &mut values.#to[..columns]);)
        }
        Operation::Recurrent(recurrent) => {
            let (value, parameters, records) =
                (tokens::recurrent(recurrent, plan.mtl, &plan.local), parameters(plan, node), format_ident!("c{number}"));
            quote!(#value.forward::<S, _, _, _>(#parameters, &values.#from[..columns], &mut values.#to[..columns], &mut values.#records[..columns]);)
        }
        Operation::BatchNorm { momentum, epsilon } => {
            let (descriptor, parameters) = (batch_norm(plan, &plan.taken(node), momentum, epsilon), parameters(plan, node));
            let (statistics, training) = (format_ident!("s{number}"), observes(plan, node));
            let (from, to) = (plan.columns_of(node, &quote!(values.#from), layer), plan.columns_of_mut(node, &quote!(values.#to)));
            quote!(#descriptor.forward::<S, #scalar>(#training, #parameters, &statistics.#statistics, #from, #to);)
        }
        Operation::Dense { .. }
        | Operation::Convolution { .. }
        | Operation::Pool { .. }
        | Operation::Dropout { .. }
        | Operation::LayerNorm { .. }
        | Operation::Normalize
        | Operation::GaussianNoise { .. }
        | Operation::Activation(_)
        | Operation::Softmax
        | Operation::Custom(_) => {
            let (call, value) = layer_of(plan, node, &width);
            let (context, parameters, cache) = (context(plan, number, false), parameters(plan, node), format_ident!("c{number}"));
            let (from, to) = (plan.columns_of(node, &quote!(values.#from), layer), plan.columns_of_mut(node, &quote!(values.#to)));
            let cache = match plan.channels(node) {
                None => quote!(&mut values.#cache[..columns]),
                Some(_) => quote!(values.#cache[..columns].as_flattened_mut()),
            };
            quote! {
                #call::forward::<S>(&#value, #context, #parameters, #from, #to, #cache);
            }
        }
    }
}

/// The trait to call for a node that is a `Layer`, and the layer's value.
fn layer_of(plan: &Plan<'_>, node: &Node, width: &TokenStream) -> (TokenStream, TokenStream) {
    let (layer, scalar) = (&plan.local.layer, &plan.scalar);
    let (taken, value) = (plan.taken(node), &plan.graph.values[node.inputs[0]]);
    let (input, width) = if plan.channels(node).is_some() { (value.shape.last().unwrap_or(&value.size), &taken) } else { (&value.size, width) };
    let descriptor =
        tokens::descriptor(&node.operation, input, plan.mtl, &plan.local).expect("the operation is a layer: every other one has an arm of its own");
    let (kind, input) = (descriptor.kind, plan.argument(input));
    // A layer of the user's is named in full, so that rustc's errors about it stand on its path; ours are told by the value.
    let call = if matches!(node.operation, Operation::Custom(_)) {
        quote!(<#kind as #layer::Layer<#input, #width, #scalar>>)
    } else {
        quote!(#layer::Layer::<#input, #width, #scalar>)
    };
    (call, descriptor.value)
}

fn batch_norm(plan: &Plan<'_>, width: &TokenStream, momentum: &crate::graph::Number, epsilon: &crate::graph::Number) -> TokenStream {
    let (layer, momentum, epsilon) = (&plan.local.layer, tokens::number(momentum), tokens::number(epsilon));
    quote!(const { #layer::BatchNorm::<#width>::new(#momentum, #epsilon) })
}

/// Whether a batch normalisation goes by the statistics of the batch.
fn observes(plan: &Plan<'_>, node: &Node) -> TokenStream {
    node.slot.map_or_else(
        || quote!(pass.training),
        |slot| {
            let block = freezing::set_of(plan, slot.block);
            quote!(pass.observes(#block))
        },
    )
}

/// The batch normalisations as (number of the node, node).
fn batch_norms<'p>(plan: &'p Plan<'_>) -> impl Iterator<Item = (usize, &'p Node)> {
    plan.graph.nodes.iter().enumerate().filter(|(_, node)| matches!(node.operation, Operation::BatchNorm { .. }))
}

/// `Model::observe`.
pub(super) fn observe(plan: &Plan<'_>) -> TokenStream {
    let (columns, values) = (&plan.columns, plan.with_columns(plan.type_name("Values")));
    let arms = batch_norms(plan).map(|(number, node)| {
        let (before, from, statistics) = (plan.stage[number] - 1, plan.value_field(node.inputs[0]), format_ident!("s{number}"));
        let columns = plan.columns_of(node, &quote!(values.#from), &plan.paths.layer);
        quote!(if stage == #before { statistics.#statistics.observe(#columns); })
    });
    quote! {
        #[inline(always)]
        fn observe<const #columns: usize>(stage: usize, values: &#values, columns: usize, statistics: &mut Self::Statistics) {
            #(#arms)*
        }
    }
}

/// `Model::update_statistics`.
pub(super) fn update_statistics(plan: &Plan<'_>) -> TokenStream {
    let imports = Paths::imports(plan.mtl);
    let updates = batch_norms(plan).filter_map(|(number, node)| {
        let Operation::BatchNorm { momentum, epsilon } = &node.operation else { return None };
        let (descriptor, slot, statistics) = (batch_norm(plan, &plan.taken(node), momentum, epsilon), plan.slot(node)?, format_ident!("s{number}"));
        Some(plan.guarded(node.heads, quote!(#descriptor.update(&mut self.#slot, &statistics.#statistics);)))
    });
    let mtl = plan.mtl;
    quote! {
        fn update_statistics(&mut self, heads: #mtl::__private::model::HeadSet, statistics: &Self::Statistics) {
            #imports
            #(#updates)*
        }
    }
}

/// `Model::observe_normalizer`.
pub(super) fn observe_normalizer(plan: &Plan<'_>) -> TokenStream {
    let (scalar, columns, values) = (&plan.scalar, &plan.columns, plan.with_columns(plan.type_name("Values")));
    let observations = plan.normalizers().into_iter().enumerate().map(|(number, (_, nodes))| {
        let uses = nodes.into_iter().map(|node| {
            let from = plan.value_field(node.inputs[0]);
            let columns = plan.columns_of(node, &quote!(values.#from), &plan.paths.layer);
            quote!(for column in #columns { observe(column); })
        });
        quote!(#number => { #(#uses)* })
    });
    quote! {
        fn observe_normalizer<const #columns: usize>(
            normalizer: usize,
            values: &#values,
            columns: usize,
            mut observe: impl ::core::ops::FnMut(&[#scalar]),
        ) {
            match normalizer { #(#observations)* _ => {} }
        }
    }
}

/// `Model::loss`; and `Model::measure` where it differs, as some head has class weights.
pub(super) fn loss(plan: &Plan<'_>) -> TokenStream {
    let (mtl, scalar, columns) = (plan.mtl, &plan.scalar, &plan.columns);
    let (values, targets, gradients) = (
        plan.with_columns(plan.type_name("Values")),
        plan.with_columns(plan.type_name("TargetColumns")),
        plan.with_columns(plan.type_name("ValueGradients")),
    );
    let weighted = losses(plan, ClassWeights::Declared);
    let measure = plan.graph.heads.iter().any(|head| !head.loss.class_weights.is_empty()).then(|| {
        let plain = losses(plan, ClassWeights::None);
        quote! {
            #[inline(always)]
            fn measure<S: #mtl::__private::InstructionSet, const #columns: usize>(
                values: &#values,
                targets: &#targets,
                sample_weights: &[#scalar],
                columns: usize,
                gradients: &mut #gradients,
                sums: &mut Self::Losses,
            ) {
                #plain
            }
        }
    });
    quote! {
        #[inline(always)]
        fn loss<S: #mtl::__private::InstructionSet, const #columns: usize>(
            heads: #mtl::__private::model::HeadSet,
            values: &#values,
            targets: &#targets,
            sample_weights: &[#scalar],
            columns: usize,
            scales: &Self::Losses,
            gradients: &mut #gradients,
            sums: &mut Self::Losses,
        ) {
            #weighted
        }

        #measure
    }
}

/// The losses over a tile: of `heads` as declared, or of all, without gradients, as they are reported.
fn losses(plan: &Plan<'_>, weights: ClassWeights) -> TokenStream {
    let (imports, all) = (Paths::imports(plan.mtl), weights == ClassWeights::None);
    let (mtl, scalar, columns, graph) = (plan.mtl, &plan.scalar, &plan.columns, plan.graph);
    let zeros =
        graph.values.iter().enumerate().filter(|(id, value)| value.storage == *id && plan.has_gradient(*id) && plan.adds(*id)).map(|(id, value)| {
            let field = plan.gradient_field(id);
            let zero = quote!(#mtl::__private::flat::fill_zero(&mut gradients.#field[..columns]););
            if all { zero } else { plan.guarded(value.heads, zero) }
        });
    let losses = graph.heads.iter().enumerate().map(|(number, head)| {
        let (name, from, to, add) = (&head.name, plan.value_field(head.value), plan.gradient_field(head.value), plan.adds(head.value));
        let (kind, value) = types::loss(plan, head, weights);
        let (outputs, target) = (plan.argument(&head.outputs), format_ident!("t{number}"));
        let present = if head.partial {
            let present = format_ident!("p{number}");
            quote!(::core::option::Option::Some(&targets.#present[..columns]))
        } else {
            quote!(::core::option::Option::None)
        };
        let scale = if all { quote!(<#scalar as #mtl::__private::Scalar>::ZERO) } else { quote!(scales.#name) };
        let loss = quote! {
            sums.#name += #mtl::__private::loss::tile::<S, #kind, #scalar, #outputs>(
                &#value, &values.#from[..columns], &targets.#target[..columns], #present, sample_weights, #scale,
                #mtl::__private::kernel::GradientSink { columns: &mut gradients.#to[..columns], add: #add },
            );
        };
        if all { loss } else { quote!(if heads.contains(#number) { #loss }) }
    });
    quote! {
        #imports
        let columns = ::core::cmp::Ord::min(columns, #columns);
        #(#zeros)*
        #(#losses)*
    }
}

/// `Model::backward`.
pub(super) fn backward(plan: &Plan<'_>) -> TokenStream {
    let (imports, fresh) = (Paths::imports(plan.mtl), fresh(plan));
    let (mtl, columns) = (plan.mtl, &plan.columns);
    let (values, gradients) = (plan.with_columns(plan.type_name("Values")), plan.with_columns(plan.type_name("ValueGradients")));
    let stages = (0..plan.stages).map(|stage| {
        // What the batch normalisations after this part give back: their sums over the batch are complete now.
        let given_back = batch_norms(plan).filter(|(number, _)| plan.stage[*number] == stage + 1).filter_map(|(number, node)| {
            let step = batch_norm_backward(plan, number, node)?;
            Some(plan.guarded(node.heads, freezing::guarded(plan, node.inputs[0], step)))
        });
        let steps = plan.graph.nodes.iter().enumerate().rev().filter(|(number, _)| plan.stage[*number] == stage).map(|(number, node)| {
            let step = freezing::guarded(plan, node.outputs[0], backward_node(plan, number, node));
            if step.is_empty() { step } else { plan.guarded(node.heads, step) }
        });
        // What those at the start of this part need of the whole batch.
        let reductions = batch_norms(plan).filter(|(number, _)| plan.stage[*number] == stage).filter_map(|(number, node)| {
            let step = batch_norm_reduce(plan, number, node)?;
            Some(plan.guarded(node.heads, freezing::guarded(plan, node.outputs[0], step)))
        });
        quote!(#stage => { #(#given_back)* #(#steps)* #(#reductions)* })
    });
    quote! {
        #[inline(always)]
        fn backward<S: #mtl::__private::InstructionSet, const #columns: usize>(
            &self,
            stage: usize,
            pass: #mtl::__private::layer::Pass,
            heads: #mtl::__private::model::HeadSet,
            statistics: &mut Self::Statistics,
            values: &#values,
            gradients: &mut #gradients,
            columns: usize,
            gradient: &mut Self,
        ) {
            #imports
            let columns = ::core::cmp::Ord::min(columns, #columns);
            #fresh
            match stage { #(#stages)* _ => {} }
        }
    }
}

/// `Some(GradientSink ..)` for an input whose gradient is needed, else `None`.
fn sink(plan: &Plan<'_>, node: &Node) -> TokenStream {
    let input = node.inputs[0];
    if plan.trainable[input] {
        let sink = node_sink(plan, node);
        match freezing::condition(plan, input) {
            Some(condition) => quote!(if #condition { ::core::option::Option::Some(#sink) } else { ::core::option::Option::None }),
            None => quote!(::core::option::Option::Some(#sink)),
        }
    } else {
        let kernel = &plan.local.kernel;
        quote!(::core::option::Option::<#kernel::GradientSink<'_, _, _>>::None)
    }
}

/// That of a node with one input, as the node takes it.
fn node_sink(plan: &Plan<'_>, node: &Node) -> TokenStream {
    let input = node.inputs[0];
    let (kernel, field, add) = (&plan.local.kernel, plan.gradient_field(input), plan.adds(input));
    let columns = plan.columns_of_mut(node, &quote!(gradients.#field));
    quote!(#kernel::GradientSink { columns: #columns, add: #add })
}

fn plain_sink(plan: &Plan<'_>, input: usize) -> TokenStream {
    let (kernel, field, add) = (&plan.local.kernel, plan.gradient_field(input), plan.adds(input));
    quote!(#kernel::GradientSink { columns: &mut gradients.#field[..columns], add: #add })
}

/// Whether the backward pass of a node writes the gradient of its parameters where [`Pass::fresh`] says so: that of a dense layer or a
/// convolution does, at the use of it that is the first to run backward.
fn overwrites(plan: &Plan<'_>, number: usize) -> bool {
    let node = &plan.graph.nodes[number];
    let first = plan.graph.nodes[number + 1..].iter().all(|later| later.slot != node.slot);
    matches!(node.operation, Operation::Dense { .. } | Operation::Convolution { .. }) && first && node.heads != Heads::default()
}

/// Sets to zero what a [fresh](Pass::fresh) gradient has beside what is overwritten.
fn fresh(plan: &Plan<'_>) -> TokenStream {
    if plan.stages > 1 {
        return quote!();
    }
    let overwritten: HashSet<Slot> =
        plan.graph.nodes.iter().enumerate().filter(|(number, _)| overwrites(plan, *number)).filter_map(|(_, node)| node.slot).collect();
    let slots = plan.graph.blocks.iter().enumerate().flat_map(|(block, of)| (0..of.layers.len()).map(move |layer| Slot { block, layer }));
    let others: Vec<TokenStream> = slots
        .filter(|slot| !overwritten.contains(slot))
        .map(|slot| {
            let block = &plan.graph.blocks[slot.block];
            let (block, layer) = (&block.name, &block.layers[slot.layer].name);
            quote!(gradient.#block.#layer)
        })
        .collect();
    let mtl = plan.mtl;
    if others.is_empty() { quote!() } else { quote!(if pass.fresh { #(#mtl::__private::flat::set_zero(&mut #others);)* }) }
}

fn backward_node(plan: &Plan<'_>, number: usize, node: &Node) -> TokenStream {
    let (scalar, layer) = (&plan.scalar, &plan.local.layer);
    let output = node.outputs[0];
    if !plan.trainable[output] {
        return quote!();
    }
    let (to, width, given) = (plan.value_field(output), plan.width(output), plan.gradient_field(output));
    let froms = node.inputs.iter().map(|&input| plan.value_field(input)).collect::<Vec<_>>();
    let from = &froms[0];
    let needed = || node.inputs.iter().copied().enumerate().filter(|&(_, input)| plan.trainable[input]);
    let merge = |function: &str| {
        let function = format_ident!("{function}");
        let parts = needed().map(|(part, input)| {
            let sink = plain_sink(plan, input);
            quote!(#layer::merge::#function([#(&values.#froms[..columns]),*], #part, &gradients.#given[..columns], #sink);)
        });
        quote!(#(#parts)*)
    };
    match &node.operation {
        Operation::Reshape | Operation::BatchNorm { .. } | Operation::OneHot { .. } => quote!(),
        Operation::Concat => {
            let parts = needed().map(|(part, input)| {
                let (part_width, offset, sink) = (plan.width(input), offset(plan, node, part), plain_sink(plan, input));
                quote!(#layer::merge::concat_part_gradient::<#scalar, #part_width, #width>(&gradients.#given[..columns], #offset, #sink);)
            });
            quote!(#(#parts)*)
        }
        Operation::Add => merge("add_gradient"),
        Operation::Multiply => merge("multiply_gradient"),
        Operation::Average => merge("average_gradient"),
        Operation::Maximum => merge("maximum_gradient"),
        Operation::CrossStitch { .. } => {
            let (parameters, slot) = (parameters(plan, node), plan.slot(node));
            let parts = needed().map(|(part, input)| {
                let sink = plain_sink(plan, input);
                quote!(#layer::cross_stitch::input_gradient(#parameters, #part, &gradients.#given[..columns], #sink);)
            });
            quote! {
                #(#parts)*
                #layer::cross_stitch::backward::<S, _, _, _, _>([#(&values.#froms[..columns]),*], &gradients.#given[..columns], &mut gradient.#slot);
            }
        }
        Operation::Mixture { .. } => {
            let experts = &froms[1..];
            let parts = needed().map(|(part, input)| {
                let sink = plain_sink(plan, input);
                match part.checked_sub(1) {
                    None => quote!(#layer::mixture::gate_gradient([#(&values.#experts[..columns]),*], &gradients.#given[..columns], #sink);),
                    Some(expert) => quote!(#layer::mixture::expert_gradient(&values.#from[..columns], #expert, &gradients.#given[..columns], #sink);),
                }
            });
            quote!(#(#parts)*)
        }
        Operation::Embedding { classes, units } => {
            let (classes, units, slot) = (plan.argument(classes), plan.argument(units), plan.slot(node));
            quote!(#layer::Embedding::<#classes, #units>::new().backward(&values.#from[..columns], &gradients.#given[..columns], &mut gradient.#slot);)
        }
        Operation::Recurrent(recurrent) => {
            let (value, records, slot) = (tokens::recurrent(recurrent, plan.mtl, &plan.local), format_ident!("c{number}"), plan.slot(node));
            let (context, parameters, sink) = (context(plan, number, true), parameters(plan, node), sink(plan, node));
            quote! {
                #value.backward::<S, _, _, _>(
                    #context, #parameters, &values.#from[..columns], &values.#records[..columns], &mut gradients.#given[..columns],
                    &mut gradients.#records[..columns], #sink, &mut gradient.#slot,
                );
            }
        }
        Operation::Dense { .. }
        | Operation::Convolution { .. }
        | Operation::Pool { .. }
        | Operation::Dropout { .. }
        | Operation::LayerNorm { .. }
        | Operation::Normalize
        | Operation::GaussianNoise { .. }
        | Operation::Activation(_)
        | Operation::Softmax
        | Operation::Custom(_) => {
            let (call, value) = layer_of(plan, node, &width);
            let (context, parameters, cache, sink) =
                (context(plan, number, !overwrites(plan, number)), parameters(plan, node), format_ident!("c{number}"), sink(plan, node));
            let gradient = plan.slot(node).map_or_else(|| quote!(&mut ()), |slot| quote!(&mut gradient.#slot));
            let [from, to] = [from, &to].map(|field| plan.columns_of(node, &quote!(values.#field), layer));
            let given = plan.columns_of_mut(node, &quote!(gradients.#given));
            let cache = match plan.channels(node) {
                None => quote!(&values.#cache[..columns]),
                Some(_) => quote!(values.#cache[..columns].as_flattened()),
            };
            quote! {
                #call::backward::<S>(
                    &#value, #context, #parameters, #from, #to, #cache, #given, #sink, #gradient,
                );
            }
        }
    }
}

fn batch_norm_reduce(plan: &Plan<'_>, number: usize, node: &Node) -> Option<TokenStream> {
    let Operation::BatchNorm { momentum, epsilon } = &node.operation else { return None };
    let (descriptor, slot) = (batch_norm(plan, &plan.taken(node), momentum, epsilon), plan.slot(node)?);
    let (statistics, from, given) = (format_ident!("s{number}"), plan.value_field(node.inputs[0]), plan.gradient_field(node.outputs[0]));
    let training = observes(plan, node);
    let (from, given) = seen(plan, node, &from, &given);
    Some(quote! {
        #descriptor.reduce::<S, _>(#training, &self.#slot, &mut statistics.#statistics, #from, #given, &mut gradient.#slot);
    })
}

fn batch_norm_backward(plan: &Plan<'_>, number: usize, node: &Node) -> Option<TokenStream> {
    let Operation::BatchNorm { momentum, epsilon } = &node.operation else { return None };
    if !plan.trainable[node.inputs[0]] {
        return None;
    }
    let (descriptor, slot) = (batch_norm(plan, &plan.taken(node), momentum, epsilon), plan.slot(node)?);
    let (statistics, from, given) = (format_ident!("s{number}"), plan.value_field(node.inputs[0]), plan.gradient_field(node.outputs[0]));
    let sink = node_sink(plan, node);
    let training = observes(plan, node);
    let (from, given) = seen(plan, node, &from, &given);
    Some(quote! {
        #descriptor.backward::<S, _>(#training, &self.#slot, &statistics.#statistics, #from, #given, ::core::option::Option::Some(#sink));
    })
}

/// The samples of a value and of a gradient, as a node takes them.
fn seen(plan: &Plan<'_>, node: &Node, value: &proc_macro2::Ident, gradient: &proc_macro2::Ident) -> (TokenStream, TokenStream) {
    let layer = &plan.local.layer;
    (plan.columns_of(node, &quote!(values.#value), layer), plan.columns_of(node, &quote!(gradients.#gradient), layer))
}

/// `Model::penalty`.
pub(super) fn penalty(plan: &Plan<'_>) -> TokenStream {
    let (mtl, scalar) = (plan.mtl, &plan.scalar);
    let penalties = plan.graph.blocks.iter().flat_map(|block| block.layers.iter().map(move |layer| (block, layer))).filter_map(|(block, layer)| {
        let (Operation::Dense { l1, l2, .. } | Operation::Convolution { l1, l2, .. } | Operation::Recurrent(Recurrent { l1, l2, .. })) =
            &layer.operation
        else {
            return None;
        };
        if l1.is_none() && l2.is_none() {
            return None;
        }
        let factor = |number: &Option<crate::graph::Number>| number.as_ref().map_or_else(|| quote!(0f64), tokens::number);
        let (l1, l2, block, layer) = (factor(l1), factor(l2), &block.name, &layer.name);
        Some(quote! {
            total += #mtl::__private::layer::penalty(
                #l1, #l2, self.#block.#layer.kernel.as_slice(), gradient.as_deref_mut().map(|gradient| gradient.#block.#layer.kernel.as_mut_slice()),
            );
        })
    });
    let ties = plan.graph.ties.iter().flat_map(|tie| {
        let (left, right, factor) = (&plan.graph.blocks[tie.left], &plan.graph.blocks[tie.right], tokens::number(&tie.l2));
        let pairs = left.layers.iter().filter(trained).zip(right.layers.iter().filter(trained));
        let terms: Vec<TokenStream> = pairs
            .flat_map(|(left_layer, right_layer)| {
                let (left_block, right_block, left_layer_name, right_layer_name) = (&left.name, &right.name, &left_layer.name, &right_layer.name);
                let tensors = constants::tensors(plan, left_layer).into_iter().filter(|tensor| tensor.trainable);
                let factor = &factor;
                tensors.map(move |tensor| {
                    let field = tensor.field.map(|field| {
                        let field = format_ident!("{field}");
                        quote!(.#field)
                    });
                    let (left, right) = (quote!(#left_block.#left_layer_name #field), quote!(#right_block.#right_layer_name #field));
                    quote! {
                        total += #mtl::__private::layer::tie(
                            #factor,
                            #mtl::__private::Flat::<#scalar>::as_slice(&self.#left),
                            #mtl::__private::Flat::<#scalar>::as_slice(&self.#right),
                            gradient.as_deref_mut().map(|gradient| (
                                #mtl::__private::Flat::<#scalar>::as_mut_slice(&mut gradient.#left),
                                #mtl::__private::Flat::<#scalar>::as_mut_slice(&mut gradient.#right),
                            )),
                        );
                    }
                })
            })
            .collect();
        terms
    });
    quote! {
        fn penalty(&self, mut gradient: ::core::option::Option<&mut Self>) -> #scalar {
            let mut total = <#scalar as #mtl::__private::Scalar>::ZERO;
            #(#penalties)*
            #(#ties)*
            let _ = &mut gradient;
            total
        }
    }
}

/// A layer with parameters that gradients move.
fn trained(layer: &&crate::graph::BlockLayer) -> bool {
    !matches!(layer.operation, Operation::Normalize)
}

/// What a head predicts, from the end of its flow in a column.
pub(super) fn read_head(plan: &Plan<'_>, head: &Head) -> TokenStream {
    let (mtl, field) = (plan.mtl, plan.value_field(head.value));
    let value = quote!(values.#field[column]);
    let value = match head.ending {
        Ending::Identity => value,
        Ending::Softmax => quote!(#mtl::__private::layer::softmax(&#value)),
        Ending::Sigmoid => quote!(#mtl::__private::layer::sigmoid(&#value)),
    };
    quote!(#mtl::__private::nalgebra::SVector::from(#value))
}

/// `Model::spoiled` and `Model::spoil`.
pub(super) fn spoiled(plan: &Plan<'_>) -> TokenStream {
    let (mtl, scalar, columns, graph) = (plan.mtl, &plan.scalar, &plan.columns, plan.graph);
    let (model, values) = (&plan.paths.model, plan.with_columns(plan.type_name("Values")));
    let inputs = graph.inputs.iter().filter(|input| graph.values[input.value].heads.0 != 0).map(|input| {
        let (set, field) = (graph.values[input.value].heads.0, plan.value_field(input.value));
        let is_invalid = match &input.kind {
            InputKind::Real(_) => {
                let width = plan.width(input.value);
                quote!(!#model::all_finite::<S, #scalar, #width>(&values.#field[column]))
            }
            InputKind::Class(classes) => {
                let classes = plan.argument(classes);
                quote!(values.#field[column] as usize >= #classes)
            }
        };
        quote!(if heads.0 & #set != 0 && #is_invalid { spoiled |= #set; })
    });
    let heads = graph.heads.iter().enumerate().map(|(number, head)| {
        let name = &head.name;
        quote!(if heads.contains(#number) { outputs.#name.fill(<#scalar as #mtl::__private::Scalar>::from_f64(::core::f64::NAN)); })
    });
    quote! {
        #[inline(always)]
        fn spoiled<S: #mtl::__private::InstructionSet, const #columns: usize>(
            heads: #model::HeadSet,
            values: &#values,
            column: usize,
        ) -> #model::HeadSet {
            let mut spoiled = 0u64;
            #(#inputs)*
            #model::HeadSet(spoiled & heads.0)
        }
        #[cold]
        #[inline(never)]
        fn spoil(outputs: &mut Self::Outputs, heads: #model::HeadSet) {
            #(#heads)*
        }
    }
}
