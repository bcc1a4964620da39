mtl::multitask! {
    pub struct Net {
        input x: [5];

        head variable = x -> Normalize -> Dense(6, tanh) -> Dense(4, tanh) -> Dense(1) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/sklearn_regressor.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x: [3.037, 4.465, 2.991, -1.909, 4.716] },
                &[&[0.3635965]],
            ),
            (
                NetInputs { x: [3.339, 0.389, 3.743, 3.094, 2.882] },
                &[&[0.66091835]],
            ),
            (
                NetInputs { x: [2.085, 3.64, -0.209, 1.511, 0.554] },
                &[&[1.9240139]],
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
