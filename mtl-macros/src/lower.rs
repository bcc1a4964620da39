//! Trace to graph: keeps what the heads depend on, takes softmax and sigmoid of the fused losses off the flows,
//! joins activations with the layers that compute them in place, and numbers blocks, layers and values.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};

use crate::assertion::Assertion;
use crate::ast::{self, Body};
use crate::case;
use crate::custom::Custom;
use crate::function::Function;
use crate::graph::{
    self, Block, BlockLayer, ConstGeneric, Ending, Form, Graph, Head, Heads, Input, InputKind, Loss, LossKind, Mention, Metric, Node, Slot,
};
use crate::head;
use crate::number::Number;
use crate::resolve::{ClassNamesKind, HeadOptions, InputShape, LossChoice, MetricChoice, Model, Resolved};
use crate::shape::{self, Application, Trace};
use crate::size::{Dim, Shape, Tokens};
use crate::step::{self, Operation, Shaped, Sizes};
use crate::text;
use crate::unify;
use crate::vocabulary::{EndsIn, Task};

/// Makes the graph of a model without errors. `None` if the model has some after all, so that nothing is generated from it.
pub(crate) fn graph(model: &Model, trace: &mut Trace, assertions: Vec<Assertion>) -> Option<Graph> {
    let name = model.syntax.name.clone()?;
    let mut heads = Vec::new();
    for (index, statement) in model.statements.iter().enumerate() {
        if let Resolved::Head(_, options) = &statement.body {
            heads.push(head(model, trace, index, options)?);
        }
    }
    let serves = serves(trace, &heads);
    fuse(trace, &heads, &serves);
    let serves = self::serves(trace, &heads);
    let blocks = Blocks::of(model, trace, &serves)?;
    let (values, nodes, ids) = number(model, trace, &serves, &blocks)?;
    for head in &mut heads {
        head.value = *ids.get(&head.value)?;
    }
    let mut ends = Ends { values, nodes, blocks: blocks.blocks };
    let options = model.statements.iter().filter_map(|statement| match &statement.body {
        Resolved::Head(_, options) => Some((statement, options.standardized)),
        Resolved::Input(_) | Resolved::Value(_) | Resolved::Layer(_) => None,
    });
    for (number, (head, (statement, standardized))) in heads.iter_mut().zip(options).enumerate() {
        if let Some(place) = standardized {
            ends.standardize(number, head, &statement.block, place.start);
        }
    }
    let Ends { values, nodes, blocks } = ends;
    let mut inputs = Vec::new();
    for (index, statement) in model.statements.iter().enumerate() {
        if let Resolved::Input(shape) = &statement.body {
            let kind = match shape.as_ref()? {
                InputShape::Real(dims) => InputKind::Real(dims.clone()),
                InputShape::Class(classes) => InputKind::Class(classes.clone()),
            };
            let value = *ids.get(&trace.statements[index]?)?;
            inputs.push(Input {
                name: statement.name.clone(),
                attributes: statement.syntax.attributes.clone(),
                title: title(statement),
                kind,
                form: form(&name, statement),
                value,
            });
        }
    }
    let block = |statement: usize| blocks.iter().position(|block| block.name == model.statements[statement].block);
    let mut ties = Vec::new();
    for tie in &model.ties {
        ties.push(graph::Tie { left: block(tie.left)?, right: block(tie.right)?, l2: tie.l2.clone() });
    }
    let mut graph = Graph {
        words: model.syntax.words.clone(),
        name,
        keyword: model.syntax.keyword,
        visibility: model.syntax.visibility.clone(),
        attributes: model.syntax.attributes.clone(),
        generics: model.syntax.generics.iter().map(|generic| ConstGeneric { name: generic.name.clone(), default: generic.default.clone() }).collect(),
        inputs,
        values,
        nodes,
        blocks,
        heads,
        assertions,
        named_sizes: model.named_sizes.clone(),
        mentions: mentions(model),
        numbers: model.numbers.clone(),
        ties,
        budget: model.budget.clone(),
        int8: model.syntax.int8,
        parts: parts(model),
        stands_in: false,
    };
    unify::sizes(&mut graph);
    Some(graph)
}

/// What heads end in, to be put behind the flows.
struct Ends {
    values: Vec<graph::Value>,
    nodes: Vec<Node>,
    blocks: Vec<Block>,
}

impl Ends {
    /// Lets a head end in the step that gives its values the unit of its targets.
    fn standardize(&mut self, number: usize, head: &mut Head, block: &Ident, span: proc_macro2::Span) {
        let (operation, heads): (Operation, _) = (step::standardize::Standardize.into(), Heads(1 << number));
        let before = &self.values[head.value];
        let shaped = Shaped { shape: Shape::Real(before.shape.clone()), size: before.size.clone() };
        let sizes = Sizes { inputs: vec![shaped.clone()], output: shaped };
        let at = self.blocks.iter().position(|known| known.name == *block).unwrap_or_else(|| {
            self.blocks.push(Block { name: block.clone(), layers: Vec::new(), flow: head.flow.clone() });
            self.blocks.len() - 1
        });
        let layers = &mut self.blocks[at].layers;
        // A layer of the user's own may have the name.
        let field = (1..=layers.len() + 1)
            .map(|ordinal| format!("standardize{ordinal}"))
            .find(|field| layers.iter().all(|layer| layer.name != field.as_str()));
        let field = field.unwrap_or_default();
        let path = format!("{}.{field}", case::plain(block));
        let slot = Slot { block: at, layer: layers.len() };
        layers.push(BlockLayer { name: Ident::new(&field, span), operation: operation.clone(), sizes, heads });
        let (input, output) = (head.value, self.values.len());
        self.values.push(graph::Value { storage: output, label: path.clone(), heads, ..self.values[input].clone() });
        let kind = operation.name().to_owned();
        self.nodes.push(Node { operation, inputs: vec![input], outputs: vec![output], slot: Some(slot), path, kind, heads, span });
        head.value = output;
    }
}

/// How users of the model write an input.
pub(crate) fn form(model: &Ident, statement: &crate::resolve::Statement<'_>) -> Form {
    let name = || quote::format_ident!("{model}{}", case::camel(&case::plain(statement.name)), span = statement.name.span());
    match &statement.syntax.body {
        Body::Input(ast::Input::Columns(columns)) => Form::Columns { name: name(), columns: columns.clone(), is_own: true },
        Body::Input(ast::Input::OneOf(categories)) => Form::Listed { name: name(), categories: categories.clone(), is_own: true },
        Body::Input(ast::Input::Category(path)) => Form::Category(Tokens(path.clone())),
        Body::Input(ast::Input::Class { has_unknown: true, .. }) => Form::ClassOrUnknown,
        _ => Form::Plain,
    }
}

/// How users of the model write the class of a head.
pub(crate) fn class_form(model: &Ident, head: &Ident, options: &HeadOptions) -> Form {
    match options.classes.as_ref().map(|classes| &classes.kind) {
        Some(ClassNamesKind::Listed(categories)) => {
            let name = quote::format_ident!("{model}{}", case::camel(&case::plain(head)), span = head.span());
            Form::Listed { name, categories: categories.clone(), is_own: true }
        }
        Some(ClassNamesKind::Type(path)) => Form::Category(Tokens(path.clone())),
        Some(ClassNamesKind::Broken) | None => Form::Plain,
    }
}

/// What tables call the column of a statement, if it says so.
fn title(statement: &crate::resolve::Statement<'_>) -> Option<String> {
    statement.syntax.title.as_ref().map(|title| title.text.clone())
}

/// The parts as the generator takes them.
pub(crate) fn parts(model: &Model) -> Vec<graph::Part> {
    let part =
        |part: &crate::resolve::Part| graph::Part { name: part.name.clone(), heads: Heads(part.heads.iter().fold(0, |set, head| set | 1 << head)) };
    model.parts.iter().map(part).collect()
}

/// Where inputs, blocks and losses are named.
pub(crate) fn mentions(model: &Model) -> Vec<Mention> {
    let values = model.mentions.iter().filter_map(|(name, index)| {
        let statement = &model.statements[*index];
        match &statement.body {
            Resolved::Input(_) => Some(Mention::Input(name.clone())),
            // The block of several values has a name of its own.
            _ => (statement.block == *name).then(|| Mention::Block(name.clone())),
        }
    });
    let losses = model.statements.iter().filter_map(|statement| match &statement.body {
        Resolved::Head(_, options) => match &options.loss {
            LossChoice::Named { loss, place, .. } => Some(Mention::Loss(Ident::new(loss.type_name, place.start))),
            LossChoice::Custom { .. } | LossChoice::Missing | LossChoice::Broken => None,
        },
        Resolved::Input(_) | Resolved::Value(_) | Resolved::Layer(_) => None,
    });
    values.chain(losses).collect()
}

/// The head, with its value still numbered as in the trace.
fn head(model: &Model, trace: &Trace, index: usize, options: &HeadOptions) -> Option<Head> {
    let statement = &model.statements[index];
    let Body::Head { flow, .. } = &statement.syntax.body else { return None };
    let end = trace.statements[index]?;
    let (name, kind, ends_in) = match &options.loss {
        LossChoice::Named { loss, arguments, .. } => {
            let class_target = loss.task == Task::Classes;
            let kind = LossKind::Named { name: loss.type_name, arguments: arguments.clone(), class_target };
            (loss.name.to_owned(), kind, loss.fused.then_some(loss.ends_in))
        }
        LossChoice::Custom { path, arguments, name } => (text::tokens(path), custom_loss(path, arguments, name), None),
        LossChoice::Missing | LossChoice::Broken => return None,
    };
    let (value, ending) = match ends_in {
        None => (end, Ending::Identity),
        Some(wanted) => {
            let application = trace.values[end].maker.map(|maker| &trace.applications[maker])?;
            let ending = if wanted == EndsIn::Softmax { Ending::Softmax } else { Ending::Sigmoid };
            (*application.inputs.first()?, ending)
        }
    };
    let class_weights = options.class_weights.iter().flat_map(|(weights, _)| weights).cloned().collect::<Option<Vec<Number>>>()?;
    Some(Head {
        name: statement.name.clone(),
        attributes: statement.syntax.attributes.clone(),
        title: title(statement),
        form: class_form(model.syntax.name.as_ref()?, statement.name, options),
        value,
        ending,
        outputs: trace.values[end].shape.as_ref()?.size(),
        loss: Loss { name, kind, class_weights, label_smoothing: options.label_smoothing.as_ref().and_then(|(smoothing, _)| smoothing.clone()) },
        weight: options.weight.as_ref().map_or(Number::Literal(1.0), |(weight, _)| weight.clone()),
        partial: options.partial,
        metrics: options.metrics.iter().map(metric).collect(),
        flow: text::flow(flow),
    })
}

/// A loss of the user's own.
pub(crate) fn custom_loss(path: &TokenStream, arguments: &TokenStream, name: &str) -> LossKind {
    LossKind::Custom(Custom { path: Tokens(path.clone()), arguments: Tokens(arguments.clone()), name: name.to_owned() })
}

/// A metric as the generator takes it.
pub(crate) fn metric(choice: &MetricChoice) -> Metric {
    let arguments = match &choice.k {
        None => Vec::new(),
        #[expect(clippy::cast_precision_loss, reason = "a number of classes is small")]
        Some(Dim::Literal(k)) => vec![Number::Literal(*k as f64)],
        Some(Dim::Generic(name)) => vec![Number::Expression(Tokens(quote::quote!(#name)))],
        Some(Dim::Constant(constant)) => vec![Number::Expression(constant.path.clone())],
        Some(Dim::OutputOf(path)) => vec![Number::Expression(path.clone())],
        Some(Dim::Sum(_) | Dim::Product(_) | Dim::Places { .. }) => Vec::new(),
    };
    Metric { field: Ident::new(&head::field(choice), choice.place.start), name: choice.metric.type_name, arguments }
}

/// The heads that depend on each value of the trace.
fn serves(trace: &Trace, heads: &[Head]) -> Vec<Heads> {
    let mut serves = vec![Heads::default(); trace.values.len()];
    for (number, head) in heads.iter().enumerate() {
        serves[head.value].0 |= 1 << number;
    }
    for application in trace.applications.iter().rev() {
        let heads = serves[application.output];
        for &input in &application.inputs {
            serves[input].0 |= heads.0;
        }
    }
    serves
}

/// Lets `Dense` and convolutions compute their activation in place, where that is all its output is used for.
///
/// Both uses of a `layer` must do so: they are one layer.
fn fuse(trace: &mut Trace, heads: &[Head], serves: &[Heads]) {
    let mut users = vec![0_usize; trace.values.len()];
    for head in heads {
        users[head.value] += 1;
    }
    for application in trace.applications.iter().filter(|application| serves[application.output].0 != 0) {
        for &input in &application.inputs {
            users[input] += 1;
        }
    }
    // For every activation that may be computed in place, the application of the layer before it.
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    let mut agreed: BTreeMap<(usize, usize), Option<(usize, usize)>> = BTreeMap::new();
    let mut activated: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, application) in trace.applications.iter().enumerate() {
        let alive = serves[application.output].0 != 0;
        if !alive || !application.follows {
            continue;
        }
        let Some(&[input]) = application.inputs.first_chunk::<1>() else { continue };
        let Some(before) = trace.values[input].maker else { continue };
        if users[input] == 1 && in_place(application.operation.as_ref()).is_some() {
            activated.insert(before, index);
        }
    }
    for (index, application) in trace.applications.iter().enumerate() {
        if serves[application.output].0 == 0 || application.operation.as_ref().is_none_or(|operation| operation.weighted().is_none()) {
            continue;
        }
        let step = activated.get(&index).map(|&activation| trace.applications[activation].number());
        match agreed.get(&application.number()) {
            None => {
                agreed.insert(application.number(), step);
            }
            Some(other) if *other == step => {}
            Some(_) => {
                agreed.insert(application.number(), None);
            }
        }
        if let Some(&activation) = activated.get(&index) {
            pairs.push((index, activation));
        }
    }
    for (dense, activation) in pairs {
        if agreed.get(&trace.applications[dense].number()).copied().flatten().is_none() {
            continue;
        }
        let Some(fused) = in_place(trace.applications[activation].operation.as_ref()) else { continue };
        let output = trace.applications[activation].output;
        // The activation becomes nothing: the layer makes its value.
        trace.applications[activation].operation = None;
        trace.applications[activation].inputs.clear();
        let unused = std::mem::replace(&mut trace.applications[dense].output, output);
        trace.applications[activation].output = unused;
        trace.values[output].maker = Some(dense);
        if let Some(weighted) = trace.applications[dense].operation.as_mut().and_then(|operation| operation.weighted_mut()) {
            weighted.function = fused;
        }
    }
}

/// The activation, if its derivative can be had from its output.
fn in_place(operation: Option<&Operation>) -> Option<Function> {
    operation?.function().filter(|function| function.is_in_place()).cloned()
}

/// The statements that own parameters.
struct Blocks {
    blocks: Vec<Block>,
    /// The slot of every part of a step that has parameters.
    slots: BTreeMap<(usize, usize), Slot>,
}

impl Blocks {
    fn of(model: &Model, trace: &Trace, serves: &[Heads]) -> Option<Self> {
        // By statement and step: what is in the model, in the order of the source.
        let mut layers: BTreeMap<(usize, (usize, usize)), BlockLayer> = BTreeMap::new();
        for application in &trace.applications {
            let heads = serves[application.output];
            let Some(operation) = application.operation.as_ref().filter(|operation| heads.0 != 0 && operation.has_parameters()) else { continue };
            let sizes = sizes(trace, application)?;
            layers.entry((application.owner, application.number())).and_modify(|layer| layer.heads.0 |= heads.0).or_insert_with(|| BlockLayer {
                name: Ident::new(&application.field, application.place.start),
                operation: operation.clone(),
                sizes,
                heads,
            });
        }
        let mut blocks: Vec<Block> = Vec::new();
        let mut slots = BTreeMap::new();
        let mut owner_of_last = None;
        for ((owner, step), layer) in layers {
            if owner_of_last != Some(owner) {
                let statement = &model.statements[owner];
                blocks.push(Block { name: statement.block.clone(), layers: Vec::new(), flow: flow_text(&statement.syntax.body) });
                owner_of_last = Some(owner);
            }
            let number = blocks.len() - 1;
            let block = &mut blocks[number];
            slots.insert(step, Slot { block: number, layer: block.layers.len() });
            block.layers.push(layer);
        }
        Some(Self { blocks, slots })
    }
}

pub(crate) fn flow_text(body: &Body) -> String {
    match body {
        Body::Let(flow) | Body::Shared(flow) | Body::Head { flow, .. } => text::flow(flow),
        Body::Layer { steps, .. } => text::steps(steps),
        Body::Input(_) => String::new(),
    }
}

/// What an application takes and gives.
pub(crate) fn sizes(trace: &Trace, application: &Application) -> Option<Sizes> {
    let shaped = |value: usize| {
        let shape = trace.values[value].shape.clone()?;
        Some(Shaped { size: shape.size(), shape })
    };
    let inputs = application.inputs.iter().map(|&input| shaped(input)).collect::<Option<Vec<Shaped>>>()?;
    Some(Sizes { inputs, output: shaped(application.output)? })
}

type Numbered = (Vec<graph::Value>, Vec<Node>, BTreeMap<usize, usize>);

/// Numbers the inputs, and the nodes and values that heads depend on.
fn number(model: &Model, trace: &Trace, serves: &[Heads], blocks: &Blocks) -> Option<Numbered> {
    let mut values: Vec<graph::Value> = Vec::new();
    let mut ids: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, statement) in model.statements.iter().enumerate() {
        if let Resolved::Input(_) = statement.body {
            let old = trace.statements[index]?;
            ids.insert(old, values.len());
            let value = value(trace, old, values.len(), case::plain(statement.name), serves)?;
            values.push(value);
        }
    }
    let mut nodes = Vec::new();
    for application in &trace.applications {
        let heads = serves[application.output];
        if heads.0 == 0 {
            continue;
        }
        let operation = application.operation.clone()?;
        let inputs = application.inputs.iter().map(|input| ids.get(input).copied()).collect::<Option<Vec<usize>>>()?;
        let path = format!("{}.{}", case::plain(&model.statements[application.owner].block), application.field);
        let named = shape::statement_name(model, trace, application.output).map(case::plain);
        let id = values.len();
        let storage = if operation.is_view() { values.get(*inputs.first()?)?.storage } else { id };
        ids.insert(application.output, id);
        let value = value(trace, application.output, storage, named.unwrap_or_else(|| path.clone()), serves)?;
        values.push(value);
        let slot = blocks.slots.get(&application.number()).copied().filter(|_| operation.has_parameters());
        nodes.push(Node { operation, inputs, outputs: vec![id], slot, path, kind: application.kind.clone(), heads, span: application.place.start });
    }
    Some((values, nodes, ids))
}

fn value(trace: &Trace, old: usize, storage: usize, label: String, serves: &[Heads]) -> Option<graph::Value> {
    let shape = trace.values[old].shape.as_ref()?;
    let dims = match shape {
        Shape::Real(dims) => dims.clone(),
        Shape::Class(_) => Vec::new(),
    };
    Some(graph::Value { shape: dims, size: shape.size(), storage, label, heads: serves[old] })
}
