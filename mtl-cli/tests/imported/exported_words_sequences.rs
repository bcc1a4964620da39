mtl::multitask! {
    pub struct Net {
        input days: [8, 2];

        let a = days -> Conv1D(3, kernel = 2, stride = 2, padding = same) -> MaxPool1D(2, stride = 1) -> AveragePool1D(3, padding = same) -> Flatten;
        let b = days -> Gru(4, sequences = true, bias = false) -> Lstm(3, sequences = true) -> Gru(3) -> Reshape([1, 3]) -> Lstm(2, bias = false);
        let c = days -> Normalize -> Lstm(3, sequences = true) -> BatchNorm -> GlobalAveragePool;

        head y = (a, b, c) -> Concat -> Dense(1) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/exported_words_sequences.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { days: [[1.2128448, -1.4390314], [1.2820146, -0.76219153], [-0.22905779, -0.96352863], [-0.18705845, 1.6127155], [-0.9301748, -1.1764412], [-1.2175272, -1.1279387], [0.89543104, -1.2159126], [0.26302838, 1.83518]] },
                &[&[0.090930864]],
            ),
            (
                NetInputs { days: [[1.4748614, -0.11349988], [1.4669814, -0.4849856], [1.171133, -0.8048825], [-0.5709164, -1.8961716], [1.9622483, 1.1019013], [-1.7118201, 1.437846], [1.4457443, 1.5401964], [0.02873826, -0.095665455]] },
                &[&[-0.16825074]],
            ),
            (
                NetInputs { days: [[1.7368779, 1.2120316], [1.6519482, -0.20777941], [-1.4286761, -0.6462364], [-0.95477414, -1.4050584], [0.8546715, -0.61975646], [1.7938869, 0.0036306381], [1.9960573, 0.29630542], [-0.20555186, 1.9734888]] },
                &[&[-0.22453782]],
            ),
            (
                NetInputs { days: [[1.9988945, -1.4624367], [1.836915, 0.06942654], [-0.028485298, -0.4875903], [-1.3386321, -0.91394544], [-0.25290537, 1.658586], [1.2995939, -1.4305847], [-1.4536295, -0.9475856], [-0.43984175, 0.04264331]] },
                &[&[-0.23581412]],
            ),
        ];
        for (row, (inputs, heads)) in rows.iter().enumerate() {
            let outputs = MODEL.predict(inputs);
            for (head, expected) in heads.iter().enumerate() {
                let found = <Net as mtl::Model>::output_numbers(&outputs, head);
                assert_eq!(found.len(), expected.len());
                for (&found, &expected) in found.iter().zip(*expected) {
                    let bound = 1e-5 * expected.abs().max(1.0);
                    assert!((found - expected).abs() <= bound, "row {row}, head {head}: {found}, and {expected} in the source");
                }
            }
        }
    }
}
