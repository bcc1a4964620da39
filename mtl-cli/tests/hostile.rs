//! Files that are none, or that someone made to do harm: each is a clear error, without a panic, and without memory beyond the file's size.
//!
//! `MTL_MUTATIONS=100000 cargo test --release -p mtl-cli --test hostile` tries that many.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use mtl_cli::keras::Vectors;
use mtl_cli::{ImportError, Imported, Network, keras, onnx, write};
use mtl_onnx::proto::{
    Dimension, DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto, TensorProto, TensorShapeProto,
    TensorTypeProto, TypeProto, ValueInfoProto, element,
};
use prost::Message;

/// Counts what the tests of this thread hold.
struct Counting;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static MOST: Cell<usize> = const { Cell::new(0) };
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.with(|held| {
            held.set(held.get() + layout.size());
            MOST.with(|most| most.set(most.get().max(held.get())));
        });
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.with(|held| held.set(held.get().saturating_sub(layout.size())));
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Whatever the file holds: structures are larger than their bytes, and orders of values are bounded.
fn bound(file: usize) -> usize {
    (200 << 20) + 400 * file
}

fn read(bytes: &[u8]) -> Result<Network, ImportError> {
    MOST.with(|most| most.set(HELD.with(Cell::get)));
    let before = HELD.with(Cell::get);
    let read = onnx::read(bytes);
    if let Ok((network, declaration)) = &read {
        // What was read can be written.
        let imported = Imported { network: network.clone(), vectors: Vectors::default(), declaration: declaration.clone(), sources: Vec::new() };
        assert!(write::source(&imported, &imported.declare("Net"), "net.safetensors").contains("multitask!"));
    }
    let most = MOST.with(Cell::get) - before;
    assert!(most < bound(bytes.len()), "{most} bytes for a file of {}", bytes.len());
    read.map(|(network, _)| network)
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.to_str().unwrap().ends_with(ending) && !path.to_str().unwrap().ends_with(".vectors.json"));
    files.sort();
    files
}

struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

/// A file with some of its bytes changed, taken out, doubled, or cut off.
fn mutated(bytes: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len());
        match numbers.below(7) {
            0 => bytes.truncate(at),
            1 if !bytes.is_empty() => drop(bytes.remove(at)),
            2 => bytes.insert(at, numbers.below(256) as u8),
            3 if !bytes.is_empty() => {
                let end = (at + numbers.below(40)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let to = numbers.below(bytes.len());
                bytes.splice(to..to, piece);
            }
            4 if !bytes.is_empty() => bytes[at] = [0, 1, 0x7F, 0x80, 0xFF][numbers.below(5)],
            _ if !bytes.is_empty() => bytes[at] ^= 1 << numbers.below(8),
            _ => {}
        }
    }
    bytes
}

#[test]
fn no_mutation_of_a_file_panics() {
    let count: usize = std::env::var("MTL_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(2_000);
    let originals: Vec<Vec<u8>> =
        ["pytorch", "exported", "plain", "sklearn"].iter().flat_map(|folder| files(folder, ".onnx")).map(|path| fs::read(path).unwrap()).collect();
    let mut numbers = Numbers(3);
    let mut read_all = 0;
    for number in 0..count {
        let bytes = mutated(&originals[number % originals.len()], &mut numbers);
        let result = catch_unwind(|| read(&bytes).is_ok());
        assert!(result.is_ok(), "mutation {number} panics");
        read_all += usize::from(result.unwrap_or(false));
    }
    assert!(read_all > count / 20, "only {read_all} of {count} were read at all: the mutations are too coarse");
}

#[test]
fn no_mutation_of_a_description_panics() {
    let count: usize = std::env::var("MTL_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(2_000) / 4;
    let originals: Vec<(Vec<u8>, Vec<u8>)> =
        files("keras", ".json").iter().map(|path| (fs::read(path).unwrap(), fs::read(path.with_extension("safetensors")).unwrap())).collect();
    let mut numbers = Numbers(4);
    for number in 0..count {
        let (text, weights) = &originals[number % originals.len()];
        let (text, weights) =
            if number % 8 == 0 { (text.clone(), mutated(weights, &mut numbers)) } else { (mutated(text, &mut numbers), weights.clone()) };
        let result = catch_unwind(|| {
            let model = keras::parse(&String::from_utf8_lossy(&text))?;
            let network = keras::network(&model, &mtl_cli::tensors(&weights)?)?;
            let declaration = mtl_cli::declare::declare(&network, "Net");
            let source = write::source(
                &Imported { network, vectors: model.vectors.clone(), declaration: None, sources: Vec::new() },
                &declaration,
                "net.safetensors",
            );
            Ok::<usize, ImportError>(source.len())
        });
        assert!(result.is_ok(), "mutation {number} panics");
    }
}

fn info(name: &str, sizes: &[i64]) -> ValueInfoProto {
    let dim = sizes
        .iter()
        .map(|&size| DimensionProto { value: Some(if size < 0 { Dimension::Param("batch".to_owned()) } else { Dimension::Value(size) }) })
        .collect();
    let tensor_type = TensorTypeProto { elem_type: element::FLOAT, shape: Some(TensorShapeProto { dim }) };
    ValueInfoProto { name: name.to_owned(), r#type: Some(TypeProto { tensor_type: Some(tensor_type) }), doc_string: String::new() }
}

fn node(operator: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: operator.to_owned(),
        name: format!("the_{operator}"),
        input: inputs.iter().map(|&input| input.to_owned()).collect(),
        output: vec![output.to_owned()],
        ..NodeProto::default()
    }
}

fn kernel() -> TensorProto {
    TensorProto { name: "kernel".to_owned(), dims: vec![3, 2], data_type: element::FLOAT, float_data: vec![0.5; 6], ..TensorProto::default() }
}

fn model(graph: GraphProto) -> ModelProto {
    ModelProto { opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 17 }], graph: Some(graph), ..ModelProto::default() }
}

fn small() -> GraphProto {
    GraphProto {
        input: vec![info("x", &[-1, 3])],
        output: vec![info("y", &[-1, 2])],
        initializer: vec![kernel()],
        node: vec![node("MatMul", &["x", "kernel"], "y")],
        ..GraphProto::default()
    }
}

/// The message for a graph that was changed.
fn refused(change: impl FnOnce(&mut GraphProto)) -> String {
    let mut graph = small();
    change(&mut graph);
    read(&model(graph).encode_to_vec()).unwrap_err().to_string()
}

#[test]
fn what_is_wrong_is_named() {
    read(&model(small()).encode_to_vec()).unwrap();
    let whole = model(small()).encode_to_vec();
    assert!(read(&whole[..whole.len() / 2]).unwrap_err().to_string().starts_with("this is no ONNX file, or is cut off: "));
    assert_eq!(read(&[]).unwrap_err().to_string(), "this is no ONNX file, or is cut off: it has no graph");
    let other = ModelProto { opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 3 }], ..model(small()) };
    assert!(read(&other.encode_to_vec()).unwrap_err().to_string().starts_with("the file has opset 3, and opsets 9 to 25 are known\nhelp: "));
    assert_eq!(refused(|graph| graph.node[0].input[0] = "y".to_owned()), "`the_MatMul` takes `y`, which no node before it gives");
    let cyclic = refused(|graph| graph.node = vec![node("Relu", &["b"], "a"), node("Relu", &["a"], "b"), node("Relu", &["b"], "y")]);
    assert_eq!(cyclic, "`the_Relu` takes `b`, which no node before it gives");
}

#[test]
fn files_that_ask_for_much_are_refused() {
    assert_eq!(refused(|graph| graph.input[0] = info("x", &[-1, 1 << 40, 1 << 40])), "the input `x` has more numbers than a value may have");
    assert_eq!(
        refused(|graph| graph.initializer[0].dims = vec![1 << 40, 1 << 40]),
        "the tensor `kernel` of shape [1099511627776, 1099511627776] has 0 bytes or numbers of another count"
    );
    assert_eq!(
        refused(|graph| graph.initializer[0].dims = vec![-3, -2]),
        "the tensor `kernel` of shape [-3, -2] has 0 bytes or numbers of another count"
    );
    // A constant of a million million numbers is made nowhere: what takes it has no word.
    let mut graph = small();
    let sizes = TensorProto {
        name: "sizes".to_owned(),
        dims: vec![2],
        data_type: element::INT64,
        int64_data: vec![1 << 20, 1 << 20],
        ..TensorProto::default()
    };
    graph.initializer.push(sizes);
    graph.node.insert(0, node("ConstantOfShape", &["sizes"], "zeros"));
    graph.node[1].input[1] = "zeros".to_owned();
    assert_eq!(read(&model(graph).encode_to_vec()).unwrap().missing[0].operator, "MatMul");
    // Transpositions of a large value, all of which are used.
    let message = refused(|graph| {
        graph.input[0] = info("x", &[-1, 1024, 1024]);
        graph.node.clear();
        for number in 0..200 {
            graph.node.push(node("Transpose", &["x"], &format!("t{number}")));
            graph.node[number].attribute =
                vec![mtl_onnx::proto::AttributeProto { name: "perm".to_owned(), ints: vec![0, 2, 1], ..Default::default() }];
        }
        graph.node.push(NodeProto { input: (0..200).map(|number| format!("t{number}")).collect(), ..node("Sum", &[], "y") });
    });
    assert!(message.contains("it has become much larger than the file"), "{message}");
}

#[test]
fn long_graphs_are_read_or_refused() {
    let chain = |length: usize| {
        let mut graph = small();
        graph.node = (0..length).map(|number| node("Relu", &[&format!("v{number}")], &format!("v{}", number + 1))).collect();
        graph.input[0].name = "v0".to_owned();
        graph.output[0].name = format!("v{length}");
        model(graph)
    };
    assert_eq!(read(&chain(2_500).encode_to_vec()).unwrap().steps.len(), 2_500);
    let message = read(&chain(20_000).encode_to_vec()).unwrap_err().to_string();
    assert!(message.ends_with("it has 20000 nodes, and 10000 can be read"), "{message}");
    // The same in the metadata of a file that says `mtl` wrote it: what is too long for that is read as any other.
    let own = |length: usize| {
        let mut file = chain(length);
        let steps: String = (0..length).map(|number| format!("y.relu{number}\ty.relu{number}\trelu\t{number}\n")).collect();
        let heads = format!("\ty\t{length}\tlinear\tloss: mse\n");
        for (key, value) in [("mtl.model", "Net"), ("mtl.inputs", "\tv0\t[3]\n"), ("mtl.graph", &steps), ("mtl.heads", &heads)] {
            file.metadata_props.push(StringStringEntryProto { key: key.to_owned(), value: value.to_owned() });
        }
        onnx::read(&file.encode_to_vec()).unwrap()
    };
    assert!(own(500).1.is_some());
    assert!(own(2_500).1.is_none());
}

#[test]
fn tensors_in_other_files_are_named() {
    let message = refused(|graph| {
        graph.initializer[0].float_data.clear();
        graph.initializer[0].data_location = 1;
        graph.initializer[0].external_data = vec![StringStringEntryProto { key: "location".to_owned(), value: "weights.bin".to_owned() }];
    });
    assert!(message.starts_with("the tensor `kernel` is in another file, `weights.bin`\nhelp: "), "{message}");
}

#[test]
fn an_operator_without_a_word_becomes_a_stub() {
    let mut graph = small();
    graph.node[0].output[0] = "h".to_owned();
    graph.node.push(NodeProto { name: "/body/celu \"1\"\n".to_owned(), ..node("Celu", &["h"], "y") });
    let network = read(&model(graph).encode_to_vec()).unwrap();
    let missing = &network.missing[0];
    assert_eq!((missing.operator.as_str(), missing.stub.as_str(), missing.sizes), ("Celu", "Celu1", (2, 2)));
    let declaration = mtl_cli::declare::declare(&network, "Net");
    assert!(declaration.source.contains("x -> Dense(2, bias = false) -> self::Celu1<2, 2>() { loss: mse }"), "{}", declaration.source);
    let source =
        write::source(&Imported { network, vectors: Vectors::default(), declaration: None, sources: Vec::new() }, &declaration, "net.safetensors");
    assert!(source.contains("/// In the place of `Celu` at `/body/celu _1__`, for which the language has no word."), "{source}");
}

#[test]
fn outputs_that_are_no_predictions_are_refused() {
    assert_eq!(refused(|graph| graph.output[0].name = "x".to_owned()), "the output `x` is an input as it is");
    assert_eq!(refused(|graph| graph.output[0].name = "kernel".to_owned()), "the output `kernel` does not depend on the inputs");
    assert_eq!(refused(|graph| graph.output.clear()), "this is no ONNX file, or is cut off: it has no outputs");
    assert_eq!(refused(|graph| graph.input.clear()), "this is no ONNX file, or is cut off: it has no inputs");
}
