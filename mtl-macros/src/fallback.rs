//! What stands in for a model with errors, so that code which uses it gives no second wave of errors.
//!
//! It is a model too: the same name, inputs, heads and blocks, as far as they are known, with one layer from an input
//! to each head in place of the flows. The generator makes its items as it makes those of any model.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream};

use crate::ast::{self, Body};
use crate::case::{camel, plain};
use crate::check::{clashing_parts, takes_a_name};
use crate::codegen;
use crate::function::Function;
use crate::graph::{Block, BlockLayer, ConstGeneric, Ending, Form, Graph, Head, Heads, Input, InputKind, Loss, LossKind, Metric, Node, Slot, Value};
use crate::lower;
use crate::number::Number;
use crate::parse::is_name;
use crate::resolve::{ClassNamesKind, HeadOptions, InputShape, LossChoice, MetricChoice, Model, Resolved, Statement};
use crate::shape::Trace;
use crate::size::{Dim, Shape};
use crate::step::dense::Dense;
use crate::step::embedding::Embedding;
use crate::step::weighted::{Ending as Activation, Weighted};
use crate::step::{Operation, Shaped, Sizes};
use crate::vocabulary::{Initializer, RESERVED_HEADS, Task, find_loss};

/// The items of the stand-in; none if the model has no name.
pub(crate) fn items(model: &Model, trace: &Trace, facade: &TokenStream) -> TokenStream {
    graph(model, trace).map_or_else(TokenStream::new, |graph| codegen::model(&graph, facade))
}

/// The stand-in of a model.
pub(crate) fn graph(model: &Model, trace: &Trace) -> Option<Graph> {
    let mut graph = Graph {
        words: model.syntax.words.clone(),
        name: model.syntax.name.clone()?,
        visibility: model.syntax.visibility.clone(),
        attributes: model.syntax.attributes.clone(),
        generics: generics(model),
        inputs: Vec::new(),
        values: Vec::new(),
        nodes: Vec::new(),
        blocks: Vec::new(),
        heads: Vec::new(),
        assertions: Vec::new(),
        numbers: Vec::new(),
        ties: Vec::new(),
        budget: Vec::new(),
        int8: model.syntax.int8,
        parts: Vec::new(),
        stands_in: true,
    };
    // Names that Rust cannot take, and those that are taken, are left out.
    let mut types = BTreeSet::new();
    let usable: Vec<usize> = (0..model.statements.len())
        .filter(|&index| {
            let statement = &model.statements[index];
            let name = statement.name.to_string();
            let is_input = matches!(statement.body, Resolved::Input(_));
            !statement.duplicate
                && is_name(statement.name)
                && !codegen::is_kept(&name)
                && name.contains(|letter| letter != '_')
                && (is_input || types.insert(camel(&statement.block.to_string())))
        })
        .collect();

    for &index in &usable {
        if let Resolved::Input(shape) = &model.statements[index].body {
            input(&mut graph, model, shape.as_ref(), trace, index);
        }
    }
    if graph.inputs.is_empty() {
        // A head needs something to begin with.
        let name = Ident::new("__no_input", Span::call_site());
        graph.values.push(value(vec![Dim::Literal(1)], Dim::Literal(1), 0, "no input"));
        graph.inputs.push(Input {
            name,
            attributes: TokenStream::new(),
            title: None,
            kind: InputKind::Real(vec![Dim::Literal(1)]),
            form: Form::Plain,
            value: 0,
        });
    }
    for &index in &usable {
        let statement = &model.statements[index];
        if let Resolved::Head(_, options) = &statement.body
            && graph.heads.len() < 64
            && !RESERVED_HEADS.contains(&statement.name.to_string().as_str())
        {
            let shape = trace.statements[index].and_then(|value| trace.values[value].shape.as_ref());
            let outputs = match shape {
                Some(Shape::Real(dims)) if dims.len() == 1 => dims[0].clone(),
                _ => Dim::Literal(1),
            };
            let (loss, task) = loss(options, trace, index);
            let fits = |choice: &&MetricChoice| task.is_none_or(|task| choice.metric.tasks.contains(&task));
            let metrics = options.metrics.iter().filter(fits).map(lower::metric).collect();
            let names_classes = matches!(loss.kind, LossKind::Named { class_target: true, .. }) && !takes_a_name(model, index);
            let form = if names_classes { lower::class_form(&graph.name, statement.name, options) } else { Form::Plain };
            // As many as there are names, whatever the flow ends in.
            let outputs = options
                .classes
                .as_ref()
                .filter(|classes| names_classes && !matches!(classes.kind, ClassNamesKind::Broken))
                .map_or(outputs, |classes| classes.count.clone());
            let end = End { outputs, loss, metrics, partial: options.partial, form };
            head(&mut graph, statement.name, &statement.syntax.attributes, end);
        }
    }
    if graph.heads.is_empty() {
        // The generated types are generic over the scalar, which a head must hold.
        let kind = LossKind::Named { name: "Mse", arguments: Vec::new(), class_target: false };
        let loss = Loss { name: "mse".into(), kind, class_weights: Vec::new(), label_smoothing: None };
        let name = Ident::new("__no_head", Span::call_site());
        head(&mut graph, &name, &TokenStream::new(), End { outputs: Dim::Literal(1), loss, metrics: Vec::new(), partial: false, form: Form::Plain });
    }
    for &index in &usable {
        block(&mut graph, &model.statements[index], trace, index);
    }
    // Heads have their numbers here only if none was left out.
    let heads = model.statements.iter().filter(|statement| matches!(statement.body, Resolved::Head(..))).count();
    if heads == graph.heads.len() {
        // Types of one name would be errors of their own.
        let clashes = clashing_parts(model);
        let parts = lower::parts(model).into_iter().enumerate();
        graph.parts = parts.filter(|(number, _)| clashes.iter().all(|clash| clash.part != *number)).map(|(_, part)| part).collect();
    }
    Some(graph)
}

fn generics(model: &Model) -> Vec<ConstGeneric> {
    let mut names = BTreeSet::new();
    let mut generics: Vec<ConstGeneric> = Vec::new();
    for generic in &model.syntax.generics {
        if is_name(&generic.name) && names.insert(generic.name.to_string()) {
            // After one with a default every one needs one.
            let after_default = generics.iter().any(|generic| generic.default.is_some());
            let default = generic.default.clone().or_else(|| after_default.then(|| quote::quote!(1)));
            generics.push(ConstGeneric { name: generic.name.clone(), default });
        }
    }
    generics
}

fn input(graph: &mut Graph, model: &Model, shape: Option<&InputShape>, trace: &Trace, index: usize) {
    let statement = &model.statements[index];
    let is_class = matches!(statement.syntax.body, Body::Input(ast::Input::Class { .. }));
    let known = trace.statements[index].and_then(|value| trace.values[value].shape.as_ref());
    let (kind, dims, size) = match (shape, known) {
        (Some(InputShape::Class(classes)), _) => (InputKind::Class(classes.clone()), Vec::new(), Dim::Literal(1)),
        (_, Some(shape @ Shape::Real(dims))) => (InputKind::Real(dims.clone()), dims.clone(), shape.size()),
        _ if is_class => (InputKind::Class(Dim::Literal(1)), Vec::new(), Dim::Literal(1)),
        _ => (InputKind::Real(vec![Dim::Literal(1)]), vec![Dim::Literal(1)], Dim::Literal(1)),
    };
    let id = graph.values.len();
    graph.values.push(value(dims, size, id, &plain(statement.name)));
    // A type whose name is taken would be an error of its own.
    let form = if takes_a_name(model, index) { Form::Plain } else { lower::form(&graph.name, statement) };
    graph.inputs.push(Input { name: statement.name.clone(), attributes: statement.syntax.attributes.clone(), title: None, kind, form, value: id });
}

fn value(shape: Vec<Dim>, size: Dim, storage: usize, label: &str) -> Value {
    Value { shape, size, storage, label: label.to_owned(), heads: Heads::default() }
}

/// What is known of a head.
struct End {
    outputs: Dim,
    loss: Loss,
    metrics: Vec<Metric>,
    partial: bool,
    form: Form,
}

/// A head at the end of one layer.
fn head(graph: &mut Graph, name: &Ident, attributes: &TokenStream, end: End) {
    let End { outputs, loss, metrics, partial, form } = end;
    let ending = match &loss.kind {
        LossKind::Named { class_target: true, .. } => Ending::Softmax,
        LossKind::Named { .. } | LossKind::Custom(_) => Ending::Identity,
    };
    let set = Heads(1 << graph.heads.len());
    let from = 0;
    graph.values[from].heads.0 |= set.0;
    let operation: Operation = match &graph.inputs[0].kind {
        InputKind::Class(_) => Embedding { units: Some(outputs.clone()) }.into(),
        InputKind::Real(_) => Dense(Weighted {
            units: Some(outputs.clone()),
            given: Activation::None,
            function: Function::LINEAR,
            bias: false,
            given_initializer: Some(Initializer::Zeros),
            l1: None,
            l2: None,
        })
        .into(),
    };
    let taken = match &graph.inputs[0].kind {
        InputKind::Class(classes) => Shape::Class(classes.clone()),
        // All of it, whatever its shape.
        InputKind::Real(_) => Shape::Real(vec![graph.values[from].size.clone()]),
    };
    let given = Shaped { shape: Shape::Real(vec![outputs.clone()]), size: outputs.clone() };
    let sizes = Sizes { inputs: vec![Shaped { size: taken.size(), shape: taken }], output: given };
    let id = graph.values.len();
    graph.values.push(Value { heads: set, ..value(vec![outputs.clone()], outputs.clone(), id, &plain(name)) });
    let block = graph.blocks.len();
    let layer = Ident::new("__stand_in", Span::call_site());
    graph.blocks.push(Block {
        name: name.clone(),
        layers: vec![BlockLayer { name: layer, operation: operation.clone(), sizes, heads: set }],
        flow: String::new(),
    });
    graph.nodes.push(Node {
        operation,
        inputs: vec![from],
        outputs: vec![id],
        slot: Some(Slot { block, layer: 0 }),
        path: format!("{}.stand_in", plain(name)),
        kind: "StandIn".into(),
        heads: set,
        span: name.span(),
    });
    graph.heads.push(Head {
        name: name.clone(),
        attributes: attributes.clone(),
        title: None,
        form,
        value: id,
        ending,
        outputs,
        loss,
        weight: Number::Literal(1.0),
        partial,
        metrics,
        flow: String::new(),
    });
}

/// The loss as declared, or one whose target the end of the flow suggests.
fn loss(options: &HeadOptions, trace: &Trace, index: usize) -> (Loss, Option<Task>) {
    let maker = trace.statements[index].and_then(|value| trace.values[value].maker);
    let softmax = maker.and_then(|maker| trace.applications[maker].activation.as_ref()).is_some_and(Function::is_softmax);
    let guess = if softmax { "categorical_cross_entropy" } else { "mse" };
    let (name, kind, task) = match &options.loss {
        LossChoice::Named { loss, arguments, .. } => {
            let kind = LossKind::Named { name: loss.type_name, arguments: arguments.clone(), class_target: loss.task == Task::Classes };
            (loss.name.to_owned(), kind, Some(loss.task))
        }
        LossChoice::Custom { path, arguments, name } => (name.clone(), lower::custom_loss(path, arguments, name), None),
        LossChoice::Missing | LossChoice::Broken => {
            let kind =
                LossKind::Named { name: if softmax { "CategoricalCrossEntropy" } else { "Mse" }, arguments: Vec::new(), class_target: softmax };
            (guess.to_owned(), kind, find_loss(guess).map(|loss| loss.task))
        }
    };
    (Loss { name, kind, class_weights: Vec::new(), label_smoothing: None }, task)
}

/// The layers of a statement that are known, so that `model.body.dense1` is there. Those of a head join its own.
fn block(graph: &mut Graph, statement: &Statement, trace: &Trace, index: usize) {
    let mut layers: Vec<((usize, usize), BlockLayer)> = Vec::new();
    for application in trace.applications.iter().filter(|application| application.owner == index) {
        let Some(operation) = &application.operation else { continue };
        // The parameters of a user's own layer depend on sizes that may be the mistake.
        if !operation.has_parameters() || operation.own().is_some() || layers.iter().any(|(number, _)| *number == application.number()) {
            continue;
        }
        let Some(sizes) = lower::sizes(trace, application) else { continue };
        let name = Ident::new(&application.field, application.place.start);
        let layer = BlockLayer { name, operation: operation.clone(), sizes, heads: Heads(1) };
        layers.push((application.number(), layer));
    }
    if layers.is_empty() {
        return;
    }
    layers.sort_by_key(|(number, _)| *number);
    let layers = layers.into_iter().map(|(_, layer)| layer);
    match graph.blocks.iter_mut().find(|block| block.name == statement.block) {
        Some(block) => block.layers.extend(layers),
        None => graph.blocks.push(Block { name: statement.block.clone(), layers: layers.collect(), flow: String::new() }),
    }
}
