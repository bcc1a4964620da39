//! The forward pass, the backward pass and the losses of this graph.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::emit::size::number;
use crate::graph::{BlockLayer, Ending, Form, Head, Heads, InputKind, Node, Slot};
use crate::step::{Backward, Extent, Forward, Tensor};

use super::freezing;
use super::plan::Plan;
use super::types::{self, ClassWeights};

/// `Model::forward`.
pub(super) fn forward(plan: &Plan<'_>) -> TokenStream {
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
        fn forward<__S: #mtl::__private::InstructionSet, const #columns: ::core::primitive::usize>(
            &self,
            __stage: ::core::primitive::usize,
            __pass: #mtl::__private::layer::Pass,
            __heads: #mtl::__private::model::HeadSet,
            __statistics: &Self::Statistics,
            __values: &mut #values,
            __columns: ::core::primitive::usize,
        ) {
            let __columns = ::core::cmp::Ord::min(__columns, #columns);
            match __stage { #(#stages)* _ => {} }
        }
    }
}

/// What a node's layer is told; `adding`: not to overwrite its gradient.
fn context(plan: &Plan<'_>, number: usize, adding: bool) -> TokenStream {
    let layer = &plan.local.layer;
    if let Some(slot) = plan.graph.nodes[number].slot {
        let (number, block) = (u32::try_from(number).unwrap_or(u32::MAX), freezing::set_of(plan, slot.block));
        let pass = quote!(#layer::Pass::of_block(__pass, #block));
        let pass = if adding { quote!(#layer::Pass::adding(#pass)) } else { pass };
        return quote!(#layer::Context { pass: #pass, node: #number });
    }
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    quote!(#layer::Context { pass: __pass, node: #number })
}

/// The parameters of a node: `&self.body.dense1`, or `&()`.
fn parameters(plan: &Plan<'_>, node: &Node) -> TokenStream {
    plan.slot(node).map_or_else(|| quote!(&()), |slot| quote!(&self.#slot))
}

fn offset(plan: &Plan<'_>, node: &Node, part: usize) -> TokenStream {
    let terms = node.inputs[..part].iter().map(|&input| plan.size(&plan.graph.values[input].size));
    quote!(0usize #(+ #terms)*)
}

/// Where a field of the values or gradients has the samples of a tile.
fn columns(of: &TokenStream, field: &proc_macro2::Ident) -> TokenStream {
    quote!(#of.#field[..__columns])
}

fn forward_node(plan: &Plan<'_>, number: usize, node: &Node) -> TokenStream {
    let (sizes, seen, values) = (plan.graph.sizes(node), plan.seen(node), quote!(__values));
    let [from, to] = [node.inputs[0], node.outputs[0]].map(|value| {
        let field = plan.value_field(value);
        quote!(__values.#field)
    });
    let (cache, statistics) = (columns(&values, &format_ident!("c{number}")), format_ident!("s{number}"));
    node.operation.forward(&Forward {
        emit: plan.emit(),
        sizes: &sizes,
        seen: &seen,
        inputs: node.inputs.iter().map(|&input| columns(&values, &plan.value_field(input))).collect(),
        output: columns(&values, &plan.value_field(node.outputs[0])),
        from: plan.columns_of(node, &from),
        to: plan.columns_of_mut(node, &to),
        parameters: parameters(plan, node),
        context: context(plan, number, false),
        cache: match plan.channels(node) {
            None => quote!(&mut #cache),
            Some(_) => quote!(<[_]>::as_flattened_mut(&mut #cache)),
        },
        records: cache,
        statistics: quote!(__statistics.#statistics),
        observes: observes(plan, node),
        offsets: offsets(plan, node),
    })
}

/// For each input where it begins in the joined output.
pub(super) fn offsets(plan: &Plan<'_>, node: &Node) -> Vec<TokenStream> {
    (0..node.inputs.len()).map(|part| offset(plan, node, part)).collect()
}

/// Whether a batch normalisation goes by the statistics of the batch.
fn observes(plan: &Plan<'_>, node: &Node) -> TokenStream {
    node.slot.map_or_else(
        || quote!(__pass.training),
        |slot| {
            let layer = &plan.local.layer;
            let block = freezing::set_of(plan, slot.block);
            quote!(#layer::Pass::observes(__pass, #block))
        },
    )
}

/// The batch normalisations as (number of the node, node).
fn batch_norms<'p>(plan: &'p Plan<'_>) -> impl Iterator<Item = (usize, &'p Node)> {
    plan.graph.nodes.iter().enumerate().filter(|(_, node)| node.operation.is_over_batch())
}

/// `Model::observe`.
pub(super) fn observe(plan: &Plan<'_>) -> TokenStream {
    let (columns, values) = (&plan.columns, plan.with_columns(plan.type_name("Values")));
    let layer = &plan.local.layer;
    let arms = batch_norms(plan).map(|(number, node)| {
        let (before, from, statistics) = (plan.stage[number] - 1, plan.value_field(node.inputs[0]), format_ident!("s{number}"));
        let columns = plan.columns_of(node, &quote!(__values.#from));
        quote!(if __stage == #before { #layer::BatchStatistics::observe(&mut __statistics.#statistics, #columns); })
    });
    quote! {
        #[inline(always)]
        fn observe<const #columns: ::core::primitive::usize>(__stage: ::core::primitive::usize, __values: &#values, __columns: ::core::primitive::usize, __statistics: &mut Self::Statistics) {
            #(#arms)*
        }
    }
}

/// `Model::update_statistics`.
pub(super) fn update_statistics(plan: &Plan<'_>) -> TokenStream {
    let layer = &plan.local.layer;
    let updates = batch_norms(plan).filter_map(|(number, node)| {
        let (descriptor, slot, statistics) =
            (node.operation.over_batch(&plan.seen(node), &plan.emit()), plan.slot(node)?, format_ident!("s{number}"));
        Some(plan.guarded(node.heads, quote!(#layer::BatchNorm::update(&#descriptor, &mut self.#slot, &__statistics.#statistics);)))
    });
    let mtl = plan.mtl;
    quote! {
        fn update_statistics(&mut self, __heads: #mtl::__private::model::HeadSet, __statistics: &Self::Statistics) {
            #(#updates)*
        }
    }
}

/// `Model::observe_normalizer`.
pub(super) fn observe_normalizer(plan: &Plan<'_>) -> TokenStream {
    let (mtl, scalar, columns, values) = (plan.mtl, &plan.scalar, &plan.columns, plan.with_columns(plan.type_name("Values")));
    let observations = plan.normalizers().into_iter().enumerate().map(|(number, (_, nodes))| {
        let uses = nodes.into_iter().map(|node| {
            let from = plan.value_field(node.inputs[0]);
            let columns = plan.columns_of(node, &quote!(__values.#from));
            // The columns of an input with names for them.
            let input = plan.graph.inputs.iter().position(|input| input.value == node.inputs[0] && matches!(input.form, Form::Columns { .. }));
            let named =
                input.map_or_else(|| quote!(&[]), |input| quote!(__model::Columns::named(&<Self as #mtl::__private::Model>::INPUTS[#input].columns)));
            quote!(for __column in #columns { __observe(__column, #named); })
        });
        quote!(#number => { #(#uses)* })
    });
    quote! {
        fn observe_normalizer<const #columns: ::core::primitive::usize>(
            __normalizer: ::core::primitive::usize,
            __values: &#values,
            __columns: ::core::primitive::usize,
            mut __observe: impl ::core::ops::FnMut(&[#scalar], &'static [__model::ColumnInfo]),
        ) {
            match __normalizer { #(#observations)* _ => {} }
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
            fn measure<__S: #mtl::__private::InstructionSet, const #columns: ::core::primitive::usize>(
                __values: &#values,
                __targets: &#targets,
                __sample_weights: &[#scalar],
                __columns: ::core::primitive::usize,
                __gradients: &mut #gradients,
                __sums: &mut Self::Losses,
            ) {
                #plain
            }
        }
    });
    quote! {
        #[inline(always)]
        fn loss<__S: #mtl::__private::InstructionSet, const #columns: ::core::primitive::usize>(
            __heads: #mtl::__private::model::HeadSet,
            __values: &#values,
            __targets: &#targets,
            __sample_weights: &[#scalar],
            __columns: ::core::primitive::usize,
            __scales: &Self::Losses,
            __gradients: &mut #gradients,
            __sums: &mut Self::Losses,
        ) {
            #weighted
        }

        #measure
    }
}

/// The losses over a tile: of `heads` as declared, or of all, without gradients, as they are reported.
fn losses(plan: &Plan<'_>, weights: ClassWeights) -> TokenStream {
    let all = weights == ClassWeights::None;
    let (mtl, scalar, columns, graph) = (plan.mtl, &plan.scalar, &plan.columns, plan.graph);
    let zeros =
        graph.values.iter().enumerate().filter(|(id, value)| value.storage == *id && plan.has_gradient(*id) && plan.adds(*id)).map(|(id, value)| {
            let field = plan.gradient_field(id);
            let zero = quote!(#mtl::__private::flat::fill_zero(&mut __gradients.#field[..__columns]););
            if all { zero } else { plan.guarded(value.heads, zero) }
        });
    let losses = graph.heads.iter().enumerate().map(|(number, head)| {
        let (name, end) = (&head.name, graph.loss_value(head));
        let (from, to, add) = (plan.value_field(end), plan.gradient_field(end), plan.adds(end));
        let (kind, value) = types::loss(plan, head, weights);
        let (outputs, target) = (plan.argument(&head.outputs), format_ident!("t{number}"));
        let (kind, value) = match graph.standardizer(head) {
            Some((node, _)) => {
                let units = format_ident!("c{node}");
                let standardized = quote!(#mtl::__private::loss::Standardized);
                (quote!(#standardized<'_, #kind, #scalar, #outputs>), quote!(#standardized::new(&#value, &__values.#units[0])))
            }
            None => (kind, value),
        };
        let present = if head.partial {
            let present = format_ident!("p{number}");
            quote!(::core::option::Option::Some(&__targets.#present[..__columns]))
        } else {
            quote!(::core::option::Option::None)
        };
        let scale = if all { quote!(<#scalar as #mtl::__private::Scalar>::ZERO) } else { quote!(__scales.#name) };
        let loss = quote! {
            __sums.#name += #mtl::__private::loss::tile::<__S, #kind, #scalar, #outputs>(
                &#value, &__values.#from[..__columns], &__targets.#target[..__columns], #present, __sample_weights, #scale,
                __kernel::GradientSink { columns: &mut __gradients.#to[..__columns], add: #add },
            );
        };
        if all { loss } else { quote!(if __model::HeadSet::contains(__heads, #number) { #loss }) }
    });
    quote! {
        let __columns = ::core::cmp::Ord::min(__columns, #columns);
        #(#zeros)*
        #(#losses)*
    }
}

/// `Model::backward`.
pub(super) fn backward(plan: &Plan<'_>) -> TokenStream {
    let fresh = fresh(plan);
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
        fn backward<__S: #mtl::__private::InstructionSet, const #columns: ::core::primitive::usize>(
            &self,
            __stage: ::core::primitive::usize,
            __pass: #mtl::__private::layer::Pass,
            __heads: #mtl::__private::model::HeadSet,
            __statistics: &mut Self::Statistics,
            __values: &#values,
            __gradients: &mut #gradients,
            __columns: ::core::primitive::usize,
            __gradient: &mut Self,
        ) {
            let __columns = ::core::cmp::Ord::min(__columns, #columns);
            #fresh
            match __stage { #(#stages)* _ => {} }
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
    let columns = plan.columns_of_mut(node, &quote!(__gradients.#field));
    quote!(#kernel::GradientSink { columns: #columns, add: #add })
}

fn plain_sink(plan: &Plan<'_>, input: usize) -> TokenStream {
    let (kernel, field, add) = (&plan.local.kernel, plan.gradient_field(input), plan.adds(input));
    quote!(#kernel::GradientSink { columns: &mut __gradients.#field[..__columns], add: #add })
}

/// Whether the backward pass of a node writes the gradient of its parameters where [`Pass::fresh`] says so: at the use of a layer that is the
/// first to run backward, where the layer can.
fn overwrites(plan: &Plan<'_>, number: usize) -> bool {
    let node = &plan.graph.nodes[number];
    let first = plan.graph.nodes[number + 1..].iter().all(|later| later.slot != node.slot);
    node.operation.overwrites() && first && node.heads != Heads::default()
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
            quote!(__gradient.#block.#layer)
        })
        .collect();
    let mtl = plan.mtl;
    if others.is_empty() { quote!() } else { quote!(if __pass.fresh { #(#mtl::__private::flat::set_zero(&mut #others);)* }) }
}

fn backward_node(plan: &Plan<'_>, number: usize, node: &Node) -> TokenStream {
    let output = node.outputs[0];
    if !plan.trainable[output] {
        return quote!();
    }
    let (sizes, seen, values, gradients) = (plan.graph.sizes(node), plan.seen(node), quote!(__values), quote!(__gradients));
    let [from, to] = [node.inputs[0], output].map(|value| {
        let field = plan.value_field(value);
        plan.columns_of(node, &quote!(__values.#field))
    });
    let (cache, given) = (format_ident!("c{number}"), plan.gradient_field(output));
    let records = columns(&values, &cache);
    node.operation.backward(&Backward {
        emit: plan.emit(),
        sizes: &sizes,
        seen: &seen,
        inputs: node.inputs.iter().map(|&input| columns(&values, &plan.value_field(input))).collect(),
        from,
        to,
        parameters: parameters(plan, node),
        context: context(plan, number, !overwrites(plan, number)),
        cache: match plan.channels(node) {
            None => quote!(&#records),
            Some(_) => quote!(<[_]>::as_flattened(&#records)),
        },
        records,
        record_gradients: columns(&gradients, &cache),
        given: columns(&gradients, &given),
        given_mut: plan.columns_of_mut(node, &quote!(__gradients.#given)),
        sink: sink(plan, node),
        sinks: node.inputs.iter().map(|&input| plan.trainable[input].then(|| plain_sink(plan, input))).collect(),
        gradient: plan.slot(node).map_or_else(|| quote!(&mut ()), |slot| quote!(&mut __gradient.#slot)),
        offsets: offsets(plan, node),
    })
}

fn batch_norm_reduce(plan: &Plan<'_>, number: usize, node: &Node) -> Option<TokenStream> {
    let (descriptor, slot, layer) = (node.operation.over_batch(&plan.seen(node), &plan.emit()), plan.slot(node)?, &plan.local.layer);
    let (statistics, from, given) = (format_ident!("s{number}"), plan.value_field(node.inputs[0]), plan.gradient_field(node.outputs[0]));
    let training = observes(plan, node);
    let (from, given) = seen(plan, node, &from, &given);
    Some(quote! {
        #layer::BatchNorm::reduce::<__S, _>(&#descriptor, #training, &self.#slot, &mut __statistics.#statistics, #from, #given, &mut __gradient.#slot);
    })
}

fn batch_norm_backward(plan: &Plan<'_>, number: usize, node: &Node) -> Option<TokenStream> {
    if !plan.trainable[node.inputs[0]] {
        return None;
    }
    let (descriptor, slot, layer) = (node.operation.over_batch(&plan.seen(node), &plan.emit()), plan.slot(node)?, &plan.local.layer);
    let (statistics, from, given) = (format_ident!("s{number}"), plan.value_field(node.inputs[0]), plan.gradient_field(node.outputs[0]));
    let sink = node_sink(plan, node);
    let training = observes(plan, node);
    let (from, given) = seen(plan, node, &from, &given);
    Some(quote! {
        #layer::BatchNorm::backward::<__S, _>(&#descriptor, #training, &self.#slot, &__statistics.#statistics, #from, #given, ::core::option::Option::Some(#sink));
    })
}

/// The samples of a value and of a gradient, as a node takes them.
fn seen(plan: &Plan<'_>, node: &Node, value: &proc_macro2::Ident, gradient: &proc_macro2::Ident) -> (TokenStream, TokenStream) {
    (plan.columns_of(node, &quote!(__values.#value)), plan.columns_of(node, &quote!(__gradients.#gradient)))
}

/// `Model::penalty`.
pub(super) fn penalty(plan: &Plan<'_>) -> TokenStream {
    let (mtl, scalar) = (plan.mtl, &plan.scalar);
    let layers = plan.graph.blocks.iter().flat_map(|block| block.layers.iter().map(move |layer| (&block.name, layer)));
    let tensors = layers.flat_map(|(block, layer)| trained(layer).into_iter().map(move |tensor| (block, &layer.name, tensor)));
    let penalties = tensors.filter_map(|(block, layer, tensor)| {
        let [None, None] = &tensor.penalties else {
            let [l1, l2] = tensor.penalties.each_ref().map(|penalty| penalty.as_ref().map_or_else(|| quote!(0f64), number));
            let field = field(&tensor);
            return Some(quote! {
                __total += #mtl::__private::layer::penalty(
                    #l1,
                    #l2,
                    #mtl::__private::Flat::<#scalar>::as_slice(&self.#block.#layer #field),
                    ::core::option::Option::map(
                        ::core::option::Option::as_deref_mut(&mut __gradient),
                        |__gradient| #mtl::__private::Flat::<#scalar>::as_mut_slice(&mut __gradient.#block.#layer #field),
                    ),
                );
            });
        };
        None
    });
    let ties = plan.graph.ties.iter().flat_map(|tie| {
        let (left, right, factor) = (&plan.graph.blocks[tie.left], &plan.graph.blocks[tie.right], number(&tie.l2));
        let is_trained = |layer: &&BlockLayer| layer.operation.is_trained();
        let pairs = left.layers.iter().filter(is_trained).zip(right.layers.iter().filter(is_trained));
        let terms: Vec<TokenStream> = pairs
            .flat_map(|(left_layer, right_layer)| {
                let (left_block, right_block, left_layer_name, right_layer_name) = (&left.name, &right.name, &left_layer.name, &right_layer.name);
                let factor = &factor;
                trained(left_layer).into_iter().map(move |tensor| {
                    let field = field(&tensor);
                    let (left, right) = (quote!(#left_block.#left_layer_name #field), quote!(#right_block.#right_layer_name #field));
                    quote! {
                        __total += #mtl::__private::layer::tie(
                            #factor,
                            #mtl::__private::Flat::<#scalar>::as_slice(&self.#left),
                            #mtl::__private::Flat::<#scalar>::as_slice(&self.#right),
                            ::core::option::Option::map(::core::option::Option::as_deref_mut(&mut __gradient), |__gradient| (
                                #mtl::__private::Flat::<#scalar>::as_mut_slice(&mut __gradient.#left),
                                #mtl::__private::Flat::<#scalar>::as_mut_slice(&mut __gradient.#right),
                            )),
                        );
                    }
                })
            })
            .collect();
        terms
    });
    quote! {
        fn penalty(&self, mut __gradient: ::core::option::Option<&mut Self>) -> #scalar {
            let mut __total = <#scalar as #mtl::__private::Scalar>::ZERO;
            #(#penalties)*
            #(#ties)*
            let _ = &mut __gradient;
            __total
        }
    }
}

/// The tensors of a layer that gradients move.
fn trained(layer: &BlockLayer) -> Vec<Tensor> {
    layer.operation.tensors(&layer.sizes).into_iter().filter(|tensor| tensor.trainable).collect()
}

/// `.kernel`, or nothing where a tensor is all of its layer.
fn field(tensor: &Tensor) -> TokenStream {
    match &tensor.extent {
        Extent::Field(field, _) => {
            let field = format_ident!("{field}");
            quote!(.#field)
        }
        Extent::Whole => TokenStream::new(),
    }
}

/// What a head predicts, from the end of its flow in a column.
pub(super) fn read_head(plan: &Plan<'_>, head: &Head) -> TokenStream {
    let (mtl, scalar, field) = (plan.mtl, &plan.scalar, plan.value_field(head.value));
    let value = quote!(__values.#field[__column]);
    let value = match head.ending {
        Ending::Identity => value,
        Ending::Softmax => quote!(#mtl::__private::layer::softmax(&#value)),
        Ending::Sigmoid => quote!(#mtl::__private::layer::sigmoid(&#value)),
    };
    types::output(plan, head, &quote!(#scalar), &value)
}

/// `Model::output_numbers`, `Model::spoiled` and `Model::spoil`.
pub(super) fn spoiled(plan: &Plan<'_>) -> TokenStream {
    let (mtl, scalar, columns, graph) = (plan.mtl, &plan.scalar, &plan.columns, plan.graph);
    let values = plan.with_columns(plan.type_name("Values"));
    let inputs = graph.inputs.iter().filter(|input| graph.values[input.value].heads.0 != 0).map(|input| {
        let (set, field) = (graph.values[input.value].heads.0, plan.value_field(input.value));
        let is_invalid = match &input.kind {
            InputKind::Real(_) => {
                let width = plan.width(input.value);
                if let Some(optional) = super::inputs::optional(input) {
                    return quote!(if __heads.0 & #set != 0 && !__model::all_known(&__values.#field[__column], &[#(#optional),*]) { __spoiled |= #set; });
                }
                quote!(!__model::all_finite::<__S, #scalar, #width>(&__values.#field[__column]))
            }
            InputKind::Class(classes) => {
                let classes = plan.argument(classes);
                quote!(__values.#field[__column] as ::core::primitive::usize >= #classes)
            }
        };
        quote!(if __heads.0 & #set != 0 && #is_invalid { __spoiled |= #set; })
    });
    let heads = graph.heads.iter().enumerate().map(|(number, head)| {
        let (name, nothing) = (&head.name, types::no_output(plan, head));
        quote! {
            if __model::HeadSet::contains(__heads, #number) {
                __outputs.#name = #nothing;
            }
        }
    });
    let numbers = graph.heads.iter().enumerate().map(|(number, head)| {
        let name = &head.name;
        let values = types::output_values(plan, head, &quote!(#scalar), &quote!(&__outputs.#name));
        quote!(#number => #values,)
    });
    quote! {
        fn output_numbers(__outputs: &Self::Outputs, __head: ::core::primitive::usize) -> &[#scalar] {
            match __head {
                #(#numbers)*
                _ => &[],
            }
        }
        #[inline(always)]
        fn spoiled<__S: #mtl::__private::InstructionSet, const #columns: ::core::primitive::usize>(
            __heads: __model::HeadSet,
            __values: &#values,
            __column: ::core::primitive::usize,
        ) -> __model::HeadSet {
            let mut __spoiled = 0u64;
            #(#inputs)*
            __model::HeadSet(__spoiled & __heads.0)
        }
        #[cold]
        #[inline(never)]
        fn spoil(__outputs: &mut Self::Outputs, __heads: __model::HeadSet) {
            #(#heads)*
        }
    }
}
