mtl::multitask! {
    pub struct Net {
        input x: [12];

        shared lstm = x -> Reshape([4, 3]) -> Lstm(3, sequences = true, bias = false) -> Reshape([2, 2, 3])
            -> Conv2D(2, kernel = 2) -> Flatten;

        head one = lstm -> Dense(1) { loss: mse }
        head two = lstm -> Dense(1) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/keras_reshaped.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x: [0.346, 0.822, 0.33, -1.303, 0.905, 0.446, -0.537, 0.581, 0.365, 0.294, 0.028, 0.547] },
                &[&[0.07652126], &[-0.37980533]],
            ),
            (
                NetInputs { x: [-0.736, -0.163, -0.482, 0.599, 0.04, -0.292, -0.782, -0.257, 0.008, -0.276, 1.294, 1.007] },
                &[&[-0.17580312], &[-0.53132087]],
            ),
            (
                NetInputs { x: [-2.711, -1.889, -0.175, -0.422, 0.214, 0.217, 2.118, -1.112, -0.378, 2.043, 0.647, 0.663] },
                &[&[-0.90602934], &[-1.0477128]],
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
