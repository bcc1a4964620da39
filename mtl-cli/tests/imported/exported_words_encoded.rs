mtl::multitask! {
    pub struct Net {
        input x: [3];

        let a = x -> Periodic(2) -> Dense(2);
        let b = x -> Piecewise(4) -> Dense(2);
        let c = x -> Ensemble(2) -> Conv1D(2, kernel = 1) -> Ensemble(2) -> GlobalAveragePool;
        let d = x -> Periodic(1, sigma = 0.5) -> Dense(2);
        let e = (a, b) -> Add;
        let f = (b, c) -> Multiply;
        let g = (c, d, e) -> Average;
        let h = (f, g) -> Maximum;

        head y = h -> Dense(1, exponential) { loss: poisson }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/exported_words_encoded.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x: [1.2128448, -1.4390314, 1.2820146] },
                &[&[3.1119514]],
            ),
            (
                NetInputs { x: [1.4748614, -0.11349988, 1.4669814] },
                &[&[2.8711514]],
            ),
            (
                NetInputs { x: [1.7368779, 1.2120316, 1.6519482] },
                &[&[2.7820106]],
            ),
            (
                NetInputs { x: [1.9988945, -1.4624367, 1.836915] },
                &[&[3.1004713]],
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
