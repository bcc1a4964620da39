mtl::multitask! {
    pub struct Net {
        input days: [6, 2];

        shared lstm = days -> Lstm(4, sequences = true) -> Lstm(4);

        head high = lstm -> Dense(1) { loss: mse }
        head low = lstm -> Dense(1) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/pytorch_lstm.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { days: [[0.783, -0.218], [0.207, -0.946], [0.339, 0.791], [0.401, 0.609], [0.894, -1.401], [-2.557, -1.07]] },
                &[&[-0.19778648], &[0.029129654]],
            ),
            (
                NetInputs { days: [[2.05, -0.948], [2.05, -1.095], [-0.525, 1.2], [-1.458, -1.246], [0.029, -0.512], [-0.602, 2.104]] },
                &[&[-0.19561207], &[0.032460038]],
            ),
            (
                NetInputs { days: [[-0.507, -1.47], [3.357, -0.853], [0.074, -2.237], [2.035, 0.371], [-2.34, -0.517], [0.091, -0.335]] },
                &[&[-0.19641386], &[0.04054168]],
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
