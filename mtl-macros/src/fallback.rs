//! What stands in for a model with errors, so that code which uses it gives no second wave of errors.
//!
//! It is a model too: the same name, inputs, heads and blocks, with one layer from an input to each head in place of the flows. The generator
//! makes its items as it makes those of any model. What the mistakes hide gets a type that takes anything ([`Unknown`]).

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream};

use crate::ast::{self, Body};
use crate::case::{camel, plain};
use crate::check::{clashing_parts, takes_a_name};
use crate::codegen;
use crate::diagnostic::{Diagnostic, Place};
use crate::function::Function;
use crate::graph::{Block, BlockLayer, ConstGeneric, Ending, Form, Graph, Head, Heads, Input, InputKind, Loss, LossKind, Metric, Node, Slot, Value};
use crate::lower;
use crate::number::Number;
use crate::parse::is_name;
use crate::resolve::{ClassNamesKind, HeadOptions, InputShape, LossChoice, MetricChoice, Model, Resolved, Statement};
use crate::shape::{Application, Trace};
use crate::size::{Dim, Shape};
use crate::step::dense::Dense;
use crate::step::embedding::Embedding;
use crate::step::weighted::{Ending as Activation, Weighted};
use crate::step::{Operation, Shaped, Sizes};
use crate::unknown::Unknown;
use crate::vocabulary::{Initializer, RESERVED_HEADS, Task, find_loss};

/// The errors, and the items of the stand-in; none of these if the model has no name.
pub(crate) fn items(model: &Model, trace: &Trace, errors: &[Diagnostic], facade: &TokenStream) -> TokenStream {
    let unknown = unknown(model, trace, errors);
    let Some(graph) = graph(model, trace, &unknown) else { return errors.iter().map(Diagnostic::tokens).collect() };
    let generics = graph.generics.iter().map(|ConstGeneric { name, default }| {
        let default = default.as_ref().map(|default| quote::quote!(= #default));
        quote::quote!(const #name: ::core::primitive::usize #default,)
    });
    let generics = quote::quote!(#(#generics)* T = ::core::primitive::f32);
    unknown.hide(codegen::model(&graph, facade), &graph.name, &generics, errors)
}

/// What cannot be known: what has a mistake in it, and what follows from that.
fn unknown(model: &Model, trace: &Trace, errors: &[Diagnostic]) -> Unknown {
    let mut unknown = Unknown { names: model.syntax.reading == ast::Reading::Misread, ..Unknown::default() };
    // Types of one name would be errors of their own.
    let clashes = clashing_parts(model);
    let clashes: Vec<&Ident> = clashes.iter().map(|clash| &model.parts[clash.part].name).collect();
    let mut taken: BTreeSet<String> = model.syntax.name.iter().map(plain).collect();
    let parts = model.syntax.parts.iter().map(|part| &part.name).filter(|name| is_name(name) && !clashes.contains(name));
    unknown.parts = parts.filter(|name| taken.insert(plain(name))).cloned().collect();
    for (index, statement) in model.statements.iter().enumerate() {
        // What stands at the name of a value is about its use.
        let is_about_use = |error: &Diagnostic| error.place == Place::from(statement.name) && !matches!(statement.body, Resolved::Head(..));
        let is_wrong = errors.iter().any(|error| statement.syntax.place.contains(error.place) && !is_about_use(error));
        let has_shape = trace.statements[index].is_some_and(|value| trace.values[value].shape.is_some());
        let name = plain(statement.name);
        let type_name = || model.syntax.name.as_ref().map(|model| quote::format_ident!("{model}{}", camel(&name)));
        unknown.names |= statement.duplicate || !statement.syntax.names.iter().all(is_name);
        match &statement.body {
            Resolved::Input(_) => {
                if is_wrong || !has_shape {
                    unknown.inputs.insert(name.clone());
                }
                if matches!(statement.syntax.body, Body::Input(ast::Input::Broken)) {
                    unknown.types.extend(type_name());
                }
                continue;
            }
            Resolved::Head(_, options) => {
                if is_wrong || !has_shape {
                    unknown.heads.insert(name.clone());
                }
                if options.classes.as_ref().is_some_and(|classes| matches!(classes.kind, ClassNamesKind::Broken)) {
                    unknown.types.extend(type_name());
                }
            }
            Resolved::Value(_) | Resolved::Layer(_) => {}
        }
        let is_layer = matches!(statement.body, Resolved::Layer(_));
        let steps: Vec<&Application> = trace.applications.iter().filter(|application| application.owner == index).collect();
        let is_known = |application: &Application| {
            application.operation.as_ref().is_some_and(|operation| operation.own().is_none()) && lower::sizes(trace, application).is_some()
        };
        // A layer has the shapes of one use.
        let known = |step: &&Application| steps.iter().any(|other| other.field == step.field && is_known(other));
        if is_wrong || !steps.iter().all(known) || (if is_layer { steps.is_empty() } else { !has_shape }) {
            unknown.blocks.insert(plain(&statement.block));
        }
    }
    unknown
}

/// The stand-in of a model.
pub(crate) fn graph(model: &Model, trace: &Trace, unknown: &Unknown) -> Option<Graph> {
    let mut graph = Graph {
        words: model.syntax.words.clone(),
        name: model.syntax.name.clone()?,
        keyword: model.syntax.keyword,
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
        named_sizes: model.named_sizes.clone(),
        mentions: lower::mentions(model),
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
    for name in usable.iter().map(|&index| &model.statements[index].block).filter(|block| unknown.blocks.contains(&plain(block))) {
        if graph.blocks.iter().all(|block| block.name != *name) {
            let layer = Ident::new("__stand_in", Span::call_site());
            let one = Shaped { shape: Shape::Real(vec![Dim::Literal(1)]), size: Dim::Literal(1) };
            let sizes = Sizes { inputs: vec![one.clone()], output: one };
            let layers = vec![BlockLayer { name: layer, operation: stand_in(Dim::Literal(1)), sizes, heads: Heads(1) }];
            graph.blocks.push(Block { name: name.clone(), layers, flow: String::new() });
        }
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
        InputKind::Real(_) => stand_in(outputs.clone()),
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

/// The layer that makes what a head needs.
fn stand_in(units: Dim) -> Operation {
    Dense(Weighted {
        units: Some(units),
        given: Activation::None,
        function: Function::LINEAR,
        bias: false,
        given_initializer: Some(Initializer::Zeros),
        l1: None,
        l2: None,
    })
    .into()
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
        None => graph.blocks.push(Block { name: statement.block.clone(), layers: layers.collect(), flow: lower::flow_text(&statement.syntax.body) }),
    }
}
