use crate::graph::*;
use quote::{format_ident, quote};
use proc_macro2::{Span, TokenStream};
#[test]
fn print() {
    let id = |s: &str| format_ident!("{}", s);
    let mut values = Vec::new();
    let mut v = |n: Dim, label: &str, h: u64| { let i = values.len(); values.push(Value{shape: vec![n.clone()], size: n, storage: i, label: label.into(), heads: Heads(h)}); i };
    let rec = Dim::Constant(Tokens(quote!(RECORD)));
    let x = v(rec.clone(), "record", 3);
    let nrm = v(rec.clone(), "body.normalize1", 3);
    let d1 = v(Dim::Literal(8), "body.dense1", 3);
    let bn = v(Dim::Literal(8), "body.batch_norm1", 3);
    let dr = v(Dim::Literal(8), "body", 3);
    let cc = v(Dim::Sum(vec![rec.clone(), Dim::Literal(8)]), "cc", 1);
    let h1 = v(Dim::Literal(1), "limited", 1);
    let h2 = v(Dim::Literal(4), "health", 2);
    let dense = |u: usize, a: &'static str| Operation::Dense { units: Dim::Literal(u), activation: Activation::Named(a), bias: true, initializer: "HeNormal".into(), l1: None, l2: Some(Number::Literal(0.01)) };
    let node = |op: Operation, i: Vec<usize>, o: usize, slot: Option<(usize,usize)>, path: &str, h: u64| Node { operation: op, inputs: i, outputs: vec![o], slot: slot.map(|(block, layer)| Slot{block, layer}), path: path.into(), kind: "K".into(), heads: Heads(h), span: Span::call_site() };
    let bnop = Operation::BatchNorm{momentum: Number::Literal(0.99), epsilon: Number::Literal(1e-3)};
    let nodes = vec![
        node(Operation::Normalize, vec![x], nrm, Some((0,0)), "body.normalize1", 3),
        node(dense(8, "Relu"), vec![nrm], d1, Some((0,1)), "body.dense1", 3),
        node(bnop.clone(), vec![d1], bn, Some((0,2)), "body.batch_norm1", 3),
        node(Operation::Dropout{rate: Number::Literal(0.1)}, vec![bn], dr, None, "body.dropout1", 3),
        node(Operation::Concat, vec![nrm, dr], cc, None, "cc", 1),
        node(dense(1, "Linear"), vec![cc], h1, Some((1,0)), "limited.dense1", 1),
        node(dense(4, "Linear"), vec![dr], h2, Some((2,0)), "health.dense1", 2),
    ];
    let layer = |n: &str, op: Operation, i: Dim, o: Dim, h: u64| BlockLayer { name: id(n), operation: op, input: i, output: o, heads: Heads(h), span: Span::call_site() };
    let blocks = vec![
        Block { name: id("body"), flow: "record -> ...".into(), layers: vec![layer("normalize1", Operation::Normalize, rec.clone(), rec.clone(), 3), layer("dense1", dense(8,"Relu"), rec.clone(), Dim::Literal(8), 3), layer("batch_norm1", bnop, Dim::Literal(8), Dim::Literal(8), 3)] },
        Block { name: id("limited"), flow: "..".into(), layers: vec![layer("dense1", dense(1,"Linear"), Dim::Sum(vec![rec.clone(), Dim::Literal(8)]), Dim::Literal(1), 1)] },
        Block { name: id("health"), flow: "..".into(), layers: vec![layer("dense1", dense(4,"Linear"), Dim::Literal(8), Dim::Literal(4), 2)] },
    ];
    let head = |n: &str, value, ending, o: usize, loss: &'static str, c: bool, p: bool, m: &'static str, f: &str| Head { name: id(n), attributes: TokenStream::new(), value, ending, outputs: Dim::Literal(o), loss: Loss { name: n.into(), kind: LossKind::Named{name: loss, arguments: vec![], class_target: c}, class_weights: vec![], label_smoothing: None }, weight: Number::Literal(1.0), partial: p, metrics: vec![Metric{field: id(f), name: m, arguments: vec![]}], flow: "f".into(), span: Span::call_site() };
    let graph = Graph { name: id("Patient"), visibility: quote!(pub), attributes: quote!(#[doc = "A patient."]), generics: vec![], inputs: vec![Input{name: id("record"), attributes: TokenStream::new(), kind: InputKind::Real(vec![rec.clone()]), value: x}], values, nodes, blocks,
        heads: vec![head("limited", h1, Ending::Sigmoid, 1, "BinaryCrossEntropy", false, true, "Accuracy", "accuracy"), head("health", h2, Ending::Softmax, 4, "CategoricalCrossEntropy", true, false, "Accuracy", "accuracy")],
        assertions: vec![] };
    let tokens = crate::codegen::model(&graph, &quote!(::mtl));
    let file = syn::parse2::<syn::File>(tokens.clone()).unwrap();
    std::fs::write("/tmp/scratch/src/gen.rs", prettyplease::unparse(&file)).unwrap();
}
