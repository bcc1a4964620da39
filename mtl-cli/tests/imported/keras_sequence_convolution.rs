mtl::multitask! {
    pub struct Net {
        input sound: [12, 2];

        shared conv1d = sound -> Conv1D(4, gelu, kernel = 3, stride = 2, padding = same) -> MaxPool1D(2)
            -> AveragePool1D(2, stride = 1) -> Conv1D(3, tanh, kernel = 1);

        head loud = conv1d -> GlobalAveragePool -> Dense(1) { loss: mse }
        head pitch = conv1d -> Flatten -> Dense(1) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/keras_sequence_convolution.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { sound: [[0.346, 0.822], [0.33, -1.303], [0.905, 0.446], [-0.537, 0.581], [0.365, 0.294], [0.028, 0.547], [-0.736, -0.163], [-0.482, 0.599], [0.04, -0.292], [-0.782, -0.257], [0.008, -0.276], [1.294, 1.007]] },
                &[&[0.27976418], &[0.25313932]],
            ),
            (
                NetInputs { sound: [[-2.711, -1.889], [-0.175, -0.422], [0.214, 0.217], [2.118, -1.112], [-0.378, 2.043], [0.647, 0.663], [-0.514, -1.648], [0.167, 0.109], [-1.227, -0.683], [-0.072, -0.945], [-0.098, 0.095], [0.036, -0.506]] },
                &[&[0.23463795], &[0.047828145]],
            ),
            (
                NetInputs { sound: [[0.594, 0.891], [0.321, -0.818], [0.732, -0.501], [0.879, -1.072], [0.914, -0.02], [-1.249, -0.314], [0.054, 0.273], [-0.982, -1.107], [0.2, -0.467], [0.236, 0.76], [-1.649, 0.254], [1.225, -0.298]] },
                &[&[0.6485418], &[-0.41473722]],
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
