//! `part`: its rules, and the graph that it makes.

use super::{errors, graph};
use crate::graph::Heads;
use crate::part;

const MODEL: &str = "struct M {
    input x: [4];
    input zone: class(3);
    shared body = x -> Dense(8, relu);
    let place = zone -> Embedding(8);
    head a = body -> Dense(1) { loss: mse }
    head b = (body, place) -> Add -> Dense(2) { loss: mse }
    head c = body -> Dense(3, softmax) { loss: categorical_cross_entropy }
    PART
}";

fn rejects(part: &str, token: &str, message: &str) {
    assert_eq!(errors(&MODEL.replace("PART", part)), [(token.to_owned(), message.to_owned())], "{part}");
}

#[test]
fn a_part_has_what_its_heads_need() {
    let whole = graph(&MODEL.replace("PART", "part Two = [c, a];"));
    let two = part::graph(&whole, &whole.parts[0]);
    assert_eq!(two.name, "Two");
    assert_eq!(two.heads.iter().map(|head| head.name.to_string()).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(two.inputs.iter().map(|input| input.name.to_string()).collect::<Vec<_>>(), ["x"]);
    assert_eq!(two.blocks.iter().map(|block| block.name.to_string()).collect::<Vec<_>>(), ["body", "a", "c"]);
    assert_eq!(two.nodes.iter().map(|node| node.path.as_str()).collect::<Vec<_>>(), ["body.dense1", "a.dense1", "c.dense1"]);
    // `c` is the second head here.
    assert_eq!(two.nodes.iter().map(|node| node.heads).collect::<Vec<_>>(), [Heads(3), Heads(1), Heads(2)]);
    for node in &two.nodes {
        let slot = node.slot.expect("a dense layer has parameters");
        assert_eq!(node.path, format!("{}.{}", two.blocks[slot.block].name, two.blocks[slot.block].layers[slot.layer].name));
    }

    let whole = graph(&MODEL.replace("PART", "part Placed = [b];"));
    let placed = part::graph(&whole, &whole.parts[0]);
    assert_eq!(placed.inputs.len(), 2);
    assert_eq!(placed.values[placed.heads[0].value].label, "b");
}

#[test]
fn parts_that_cannot_be() {
    rejects("part Other = [d];", "d", "`d` is not a head\nhelp: the heads are `a`, `b` and `c`");
    rejects("part Other = [body];", "body", "`body` is not a head\nhelp: the heads are `a`, `b` and `c`");
    rejects("part Other = [a, a];", "a", "`Other` has the head `a` twice\nhelp: take one of them out");
    rejects("part Other = [c, b, a];", "Other", "`Other` has every head of the model: it is the whole\nhelp: leave a head out, or take the part out");
    rejects("part M = [a];", "M", "`M` is the name of another struct\nhelp: choose another name: the part is a struct of its own");
    rejects("part Other = [];", "[]", "`Other` has no heads\nhelp: write `part Reader = [digit];`");
    rejects("part Other = a;", "Other", "the heads of `Other` stand in brackets\nhelp: write `part Reader = [digit];`");
    rejects("part Other [a];", "Other", "expected `=` and heads after `Other`\nhelp: write `part Reader = [digit];`");
    rejects("part Other = [1];", "1", "expected the name of a head, found `1`\nhelp: write `part Reader = [digit];`");
    rejects("part Other = [a]", "[a]", "a `;` is missing after this\nhelp: every `part` ends in `;`");
}
