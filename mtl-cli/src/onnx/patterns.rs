//! Activations that exporters write as several operators.
//!
//! `softsign` is `x / (1 + |x|)`, `silu`, `mish` and `hard_silu` are a value times a gate of it, and `gelu` is `x · ½ · (1 + erf(x / √2))`, with its factors in any order. A
//! value over the root of its mean square is `RmsNorm`; what it is scaled by comes behind it.

use std::collections::HashMap;

use super::node::Node;
use super::tensor::Constant;

/// Puts one node in the place of several. `constant` gives the constants of the file.
pub(super) fn rewrite<'f>(nodes: Vec<Node<'f>>, constant: &dyn Fn(&str) -> Option<Constant>) -> Vec<Node<'f>> {
    let mut maker: HashMap<String, usize> = HashMap::new();
    let mut users: HashMap<String, usize> = HashMap::new();
    for (number, node) in nodes.iter().enumerate() {
        maker.extend(node.outputs.iter().map(|output| (output.clone(), number)));
        node.inputs.iter().for_each(|input| *users.entry(input.clone()).or_default() += 1);
    }
    // What `Constant` nodes give is a constant of the file too.
    let known = |name: &str| {
        constant(name)
            .or_else(|| maker.get(name).map(|&number| &nodes[number]).filter(|node| node.operator == "Constant").and_then(Node::tensor_attribute))
    };
    let single = |name: &str| known(name).and_then(|constant| constant.single());
    let made_by = |name: &str, operator: &str| maker.get(name).map(|&number| &nodes[number]).filter(|node| node.operator == operator);
    let mut instead: HashMap<usize, Node<'f>> = HashMap::new();
    for (number, node) in nodes.iter().enumerate().filter(|(_, node)| node.operator == "Div" && node.inputs.len() == 2 && node.outputs.len() == 1) {
        let (x, sum) = (&node.inputs[0], made_by(&node.inputs[1], "Add"));
        let is_softsign = sum.filter(|sum| sum.inputs.len() == 2).is_some_and(|sum| {
            let of = |value: &String, one: &String| {
                single(one) == Some(1.0) && made_by(value, "Abs").is_some_and(|magnitude| magnitude.inputs.first() == Some(x))
            };
            of(&sum.inputs[0], &sum.inputs[1]) || of(&sum.inputs[1], &sum.inputs[0])
        });
        if is_softsign {
            instead.insert(number, Node::instead("Softsign", &node.name, x, &node.outputs[0]));
        }
    }
    // The root of the mean square of `x` along its last axis, with the name of what is added to it.
    let root_of = |root: &str, x: &String| {
        let sum = made_by(made_by(root, "Sqrt")?.inputs.first()?, "Add")?;
        let (left, right) = (sum.inputs.first()?, sum.inputs.get(1)?);
        let (mean, epsilon) = if single(right).is_some() { (left, right) } else { (right, left) };
        single(epsilon)?;
        let mean = made_by(mean, "ReduceMean")?;
        let axes = mean.ints("axes").map(<[i64]>::to_vec).or_else(|| Some(known(mean.inputs.get(1)?)?.to_wholes()))?;
        let squares = mean.inputs.first()?;
        let power = made_by(squares, "Pow")
            .is_some_and(|power| power.inputs.first() == Some(x) && power.inputs.get(1).and_then(|two| single(two)) == Some(2.0));
        let product = made_by(squares, "Mul").is_some_and(|product| product.inputs == [x.clone(), x.clone()]);
        let [axis] = axes[..] else { return None };
        (mean.int("keepdims").unwrap_or(1) == 1 && (power || product)).then(|| (epsilon.clone(), axis))
    };
    for (number, node) in nodes.iter().enumerate().filter(|(_, node)| node.inputs.len() == 2 && node.outputs.len() == 1) {
        let (left, right) = (&node.inputs[0], &node.inputs[1]);
        let epsilon = match node.operator {
            "Div" => root_of(right, left).map(|epsilon| (left, epsilon)),
            "Mul" => [(left, right), (right, left)].into_iter().find_map(|(x, inverse)| {
                let root = made_by(inverse, "Reciprocal")?.inputs.first()?;
                root_of(root, x).map(|epsilon| (x, epsilon))
            }),
            _ => None,
        };
        if let Some((x, (epsilon, axis))) = epsilon {
            let mut whole = Node::instead("RmsNorm", &node.name, x, &node.outputs[0]);
            whole.inputs.push(epsilon);
            whole.along = Some(axis);
            instead.insert(number, whole);
        }
    }
    for (number, node) in nodes.iter().enumerate().filter(|(_, node)| node.operator == "Mul" && node.inputs.len() == 2 && node.outputs.len() == 1) {
        let (left, right) = (&node.inputs[0], &node.inputs[1]);
        for (x, gate) in [(left, right), (right, left)] {
            let of = |operator: &str| made_by(gate, operator).filter(|node| node.inputs.first() == Some(x));
            let is_mish = made_by(gate, "Tanh")
                .and_then(|tanh| made_by(tanh.inputs.first()?, "Softplus"))
                .is_some_and(|softplus| softplus.inputs.first() == Some(x));
            let is_hard = of("HardSigmoid").is_some_and(|gate| (gate.float("alpha").unwrap_or(0.2) - 1.0 / 6.0).abs() < 1e-5);
            let word = if of("Sigmoid").is_some() {
                "Silu"
            } else if is_mish {
                "Mish"
            } else if is_hard {
                "HardSwish"
            } else {
                continue;
            };
            instead.insert(number, Node::instead(word, &node.name, x, &node.outputs[0]));
        }
        // The factors of a product of products.
        let mut factors = Vec::new();
        let mut open = vec![left.clone(), right.clone()];
        while let Some(factor) = open.pop() {
            match made_by(&factor, "Mul") {
                Some(inner) if factors.len() + open.len() < 4 && users.get(&factor) == Some(&1) => open.extend(inner.inputs.iter().cloned()),
                _ => factors.push(factor),
            }
        }
        let halves = factors.iter().filter(|factor| single(factor) == Some(0.5)).count();
        let erf = factors.iter().find_map(|factor| {
            let add = made_by(factor, "Add")?;
            let (left, right) = (add.inputs.first()?, add.inputs.get(1)?);
            let erf =
                [(left, right), (right, left)].into_iter().find(|(_, one)| single(one) == Some(1.0)).and_then(|(erf, _)| made_by(erf, "Erf"))?;
            let scaled = erf.inputs.first()?;
            let x = match (made_by(scaled, "Div"), made_by(scaled, "Mul")) {
                (Some(divided), _) => (divided.inputs.first()?, (single(divided.inputs.get(1)?)? - std::f32::consts::SQRT_2).abs() < 1e-4),
                (None, Some(scaled)) => {
                    let (left, right) = (scaled.inputs.first()?, scaled.inputs.get(1)?);
                    let by = |factor: &String| single(factor).map(|factor| (factor - std::f32::consts::FRAC_1_SQRT_2).abs() < 1e-4);
                    by(right).map(|is| (left, is)).or_else(|| by(left).map(|is| (right, is)))?
                }
                (None, None) => return None,
            };
            x.1.then(|| (x.0.clone(), factor.clone()))
        });
        if let Some((x, gate)) = erf
            && factors.len() == 3
            && halves == 1
            && factors.contains(&x)
            && x != gate
        {
            instead.insert(number, Node::instead("Gelu", &node.name, &x, &node.outputs[0]));
        }
    }
    let rewritten: Vec<Node<'f>> = nodes.iter().enumerate().map(|(number, node)| instead.remove(&number).unwrap_or_else(|| node.clone())).collect();
    // What only the replaced nodes used is gone with them.
    rewritten
}

/// Drops nodes whose values nothing uses.
pub(super) fn drop_unused<'f>(nodes: Vec<Node<'f>>, outputs: &[&str]) -> Vec<Node<'f>> {
    let mut needed: std::collections::HashSet<String> = outputs.iter().map(|&output| output.to_owned()).collect();
    let mut kept: Vec<Node<'f>> = Vec::new();
    for node in nodes.into_iter().rev() {
        if node.outputs.iter().any(|output| needed.contains(output)) {
            needed.extend(node.inputs.iter().cloned());
            kept.push(node);
        }
    }
    kept.reverse();
    kept
}
