//! Budgets: what a model may cost, checked in const evaluation. `cargo check` reports a bound that is broken at the
//! user's token, with what each block costs.

use core::mem::size_of;

use crate::const_text::ConstText;
use crate::model::{LayerInfo, Model, greatest_stack};

type Message = ConstText<2048>;

/// What a budget bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// [`Model::PARAMETER_COUNT`].
    Parameters,
    /// [`Model::WEIGHT_BYTES`].
    Weights,
    /// [`Model::PREDICT_BYTES`].
    Workspace,
    /// [`Model::STACK_BYTES`].
    Stack,
    /// [`Model::MULTIPLY_ADDS`].
    MultiplyAdds,
}

impl Cost {
    /// What a model costs in all.
    #[must_use]
    pub const fn of<M: Model>(self) -> usize {
        match self {
            Self::Parameters => M::PARAMETER_COUNT,
            Self::Weights => M::WEIGHT_BYTES,
            Self::Workspace => M::PREDICT_BYTES,
            Self::Stack => M::STACK_BYTES,
            Self::MultiplyAdds => M::MULTIPLY_ADDS,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Parameters => " parameters",
            Self::Weights => " bytes of weights",
            Self::Workspace => " bytes of workspace",
            Self::Stack => " bytes on the stack",
            Self::MultiplyAdds => " multiply-adds",
        }
    }

    /// How many entries the cost is made of: tensors, or steps.
    const fn entries<M: Model>(self) -> usize {
        match self {
            Self::Parameters | Self::Weights => M::PARAMETERS.len(),
            Self::Workspace | Self::Stack | Self::MultiplyAdds => M::LAYERS.len(),
        }
    }

    /// The block of an entry.
    const fn block<M: Model>(self, entry: usize) -> &'static [u8] {
        match self {
            Self::Parameters | Self::Weights => M::PARAMETERS[entry].block.as_bytes(),
            Self::Workspace | Self::Stack | Self::MultiplyAdds => block_of(&M::LAYERS[entry]),
        }
    }

    /// What an entry costs.
    const fn entry<M: Model>(self, entry: usize) -> usize {
        match self {
            Self::Parameters => M::PARAMETERS[entry].len,
            Self::Weights => M::PARAMETERS[entry].len * size_of::<M::Scalar>(),
            Self::Workspace => values(&M::LAYERS[entry]) * size_of::<M::Scalar>(),
            // What the step with the most works with; that of the others is not there at the same time.
            Self::Stack => {
                let at_work = if entry == greatest_stack(M::LAYERS) { M::LAYERS[entry].stack } else { 0 };
                values(&M::LAYERS[entry]) * size_of::<M::Scalar>() + at_work
            }
            Self::MultiplyAdds => M::LAYERS[entry].multiply_adds,
        }
    }
}

/// Fails the build unless the model costs `limit` at most.
#[track_caller]
pub const fn keep<M: Model>(cost: Cost, limit: u64) {
    let total = cost.of::<M>();
    if total as u64 > limit {
        panic!("{}", report::<M>(cost, limit).as_str());
    }
}

/// `` `Patient` has 13_002 parameters, and its budget is 10_000 ``, and a line of what each block costs.
const fn report<M: Model>(cost: Cost, limit: u64) -> Message {
    let total = cost.of::<M>();
    let mut text = Message::new();
    text.text("`");
    text.text(M::NAME);
    text.text("` has ");
    text.number_in_groups(total as u64);
    text.text(cost.words());
    text.text(", and its budget is ");
    text.number_in_groups(limit);
    text.text("\nblocks: ");
    let entries = cost.entries::<M>();
    let mut told = 0;
    let mut entry = 0;
    while entry < entries {
        let block = cost.block::<M>(entry);
        let mut sum = 0;
        let mut other = 0;
        while other < entries {
            if equal(cost.block::<M>(other), block) {
                // The first entry of a block tells of all of them.
                if other < entry {
                    sum = 0;
                    break;
                }
                sum += cost.entry::<M>(other);
            }
            other += 1;
        }
        if sum > 0 {
            push_share(&mut text, block, sum, told > 0);
            told += sum;
        }
        entry += 1;
    }
    // Outputs, frames, statistics, what layers keep beside their outputs.
    if told < total {
        push_share(&mut text, b"other", total - told, told > 0);
    }
    text.text("\nhelp: make what costs most smaller, or raise the bound");
    text
}

const fn push_share(text: &mut Message, name: &[u8], cost: usize, follows: bool) {
    if follows {
        text.text(", ");
    }
    text.bytes(name);
    text.text(" ");
    text.number_in_groups(cost as u64);
}

/// The statement of a step: `body` of `body.dense1`.
const fn block_of(layer: &LayerInfo) -> &'static [u8] {
    let name = layer.name.as_bytes();
    let mut index = 0;
    while index < name.len() {
        if name[index] == b'.' {
            return name.split_at(index).0;
        }
        index += 1;
    }
    b"inputs"
}

/// How many values a step makes; `Flatten` and `Reshape` make none of their own.
const fn values(layer: &LayerInfo) -> usize {
    if equal(layer.kind.as_bytes(), b"Flatten") || equal(layer.kind.as_bytes(), b"Reshape") {
        return 0;
    }
    let mut product = 1;
    let mut index = 0;
    while index < layer.output.len() {
        product *= layer.output[index];
        index += 1;
    }
    product
}

const fn equal(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::equal;

    #[test]
    fn names_are_compared_whole() {
        assert!(equal(b"body", b"body") && !equal(b"body", b"bod") && !equal(b"body", b"bodz"));
    }
}
