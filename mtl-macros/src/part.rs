//! A part of a graph: what some of the heads need, as a model of its own.

use std::collections::BTreeMap;

use crate::graph::{Block, Graph, Heads, Part, Slot, Tie, ValueId};
use crate::named_sizes::NamedSizes;

/// The graph of a part: its heads, and the inputs, values, nodes and blocks that they depend on, under the same names.
pub(crate) fn graph(whole: &Graph, part: &Part) -> Graph {
    let kept = |heads: Heads| heads.0 & part.heads.0 != 0;
    // Of the numbers of the whole's heads those of the part, in their order.
    let numbers: Vec<usize> = (0..whole.heads.len()).filter(|head| part.heads.0 >> head & 1 == 1).collect();
    let renumbered = |heads: Heads| Heads(numbers.iter().enumerate().fold(0, |set, (new, old)| set | (heads.0 >> old & 1) << new));

    let mut ids: BTreeMap<ValueId, ValueId> = BTreeMap::new();
    let mut values = Vec::new();
    for (old, value) in whole.values.iter().enumerate().filter(|(_, value)| kept(value.heads)) {
        ids.insert(old, values.len());
        values.push(value.clone());
    }
    for value in &mut values {
        value.storage = ids[&value.storage];
        value.heads = renumbered(value.heads);
    }

    let mut slots: Vec<(Slot, Slot)> = Vec::new();
    let mut blocks: Vec<Block> = Vec::new();
    let mut numbers_of_blocks: BTreeMap<usize, usize> = BTreeMap::new();
    for (old, block) in whole.blocks.iter().enumerate() {
        let mut layers = Vec::new();
        for (layer, own) in block.layers.iter().enumerate().filter(|(_, layer)| kept(layer.heads)) {
            slots.push((Slot { block: old, layer }, Slot { block: blocks.len(), layer: layers.len() }));
            let mut own = own.clone();
            own.heads = renumbered(own.heads);
            layers.push(own);
        }
        if !layers.is_empty() {
            if layers.len() == block.layers.len() {
                numbers_of_blocks.insert(old, blocks.len());
            }
            blocks.push(Block { name: block.name.clone(), layers, flow: block.flow.clone() });
        }
    }
    let slot = |old: Slot| slots.iter().find(|(known, _)| *known == old).map(|(_, new)| *new);

    let nodes = whole.nodes.iter().filter(|node| kept(node.heads)).cloned().map(|mut node| {
        node.inputs.iter_mut().chain(&mut node.outputs).for_each(|value| *value = ids[value]);
        node.slot = node.slot.and_then(slot);
        node.heads = renumbered(node.heads);
        node
    });
    let heads = numbers.iter().map(|&head| {
        let mut head = whole.heads[head].clone();
        head.value = ids[&head.value];
        head.form.of_part();
        head
    });
    let inputs = whole.inputs.iter().filter(|input| ids.contains_key(&input.value)).cloned().map(|mut input| {
        input.value = ids[&input.value];
        input.form.of_part();
        input
    });
    // A tie is between two whole blocks.
    let tie = |tie: &Tie| Some(Tie { left: *numbers_of_blocks.get(&tie.left)?, right: *numbers_of_blocks.get(&tie.right)?, l2: tie.l2.clone() });

    let words = numbers.iter().map(|&head| format!("`{}`", whole.heads[head].name)).collect::<Vec<_>>().join(", ");
    let doc = format!("The part of [`{}`] that predicts {words}.", whole.name);
    Graph {
        words: whole.words.clone(),
        name: part.name.clone(),
        keyword: whole.keyword,
        visibility: whole.visibility.clone(),
        attributes: quote::quote!(#[doc = #doc]),
        generics: whole.generics.clone(),
        inputs: inputs.collect(),
        nodes: nodes.collect(),
        heads: heads.collect(),
        ties: whole.ties.iter().filter_map(tie).collect(),
        values,
        blocks,
        // What the whole is checked for, its parts need not be.
        named_sizes: NamedSizes::default(),
        mentions: Vec::new(),
        assertions: Vec::new(),
        numbers: Vec::new(),
        stands_in: whole.stands_in,
        budget: Vec::new(),
        int8: whole.int8,
        parts: Vec::new(),
    }
}
