//! Freezing blocks: what need not run backward.

use proc_macro2::TokenStream;
use quote::quote;

use crate::case::plain;
use crate::graph::{BlockId, Node, ValueId};

use super::plan::Plan;

/// More blocks than a set of blocks has places: those beyond run backward although they are frozen.
const PLACES: usize = 128;

/// `Model::BLOCKS`.
pub(super) fn blocks(plan: &Plan<'_>) -> TokenStream {
    let texts = plan.graph.blocks.iter().map(|block| plain(&block.name));
    quote!(const BLOCKS: &'static [&'static ::core::primitive::str] = &[#(#texts),*];)
}

/// The set of one block, as the runtime has it.
pub(super) fn set_of(plan: &Plan<'_>, block: BlockId) -> TokenStream {
    set(plan, 1_u128.checked_shl(u32::try_from(block).unwrap_or(u32::MAX)).unwrap_or(0))
}

fn set(plan: &Plan<'_>, bits: u128) -> TokenStream {
    let mtl = plan.mtl;
    quote!(#mtl::__private::model::BlockSet(#bits))
}

/// `if !frozen { .. }` around what runs backward to a value: it does where a block with trainable parameters before it, or in its own node, is trained.
pub(super) fn guarded(plan: &Plan<'_>, value: ValueId, body: TokenStream) -> TokenStream {
    match condition(plan, value) {
        Some(condition) if !body.is_empty() => quote!(if #condition { #body }),
        Some(_) | None => body,
    }
}

/// Whether any block with trainable parameters before a value is trained; `None` where that cannot be told by a set.
pub(super) fn condition(plan: &Plan<'_>, value: ValueId) -> Option<TokenStream> {
    let set = set(plan, blocks_before(plan, value)?);
    Some(quote!(!__model::BlockSet::covers(__pass.frozen, #set)))
}

/// The blocks with trainable parameters before a value; `None` where one is beyond the last place of a set, or there is none.
fn blocks_before(plan: &Plan<'_>, value: ValueId) -> Option<u128> {
    let mut before = vec![0_u128; plan.graph.values.len()];
    for node in &plan.graph.nodes {
        let own = own(node)?;
        let bits = node.inputs.iter().fold(own, |bits, &input| bits | before[input]);
        node.outputs.iter().for_each(|&output| before[output] = bits);
    }
    Some(before[value]).filter(|&bits| bits != 0)
}

fn own(node: &Node) -> Option<u128> {
    match node.slot {
        Some(slot) if node.operation.is_trained() => (slot.block < PLACES).then(|| 1 << slot.block),
        Some(_) | None => Some(0),
    }
}
