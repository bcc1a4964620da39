mtl::multitask! {
    pub struct Net {
        input sound: [12, 2];

        shared look = sound -> Reshape([1, 12, 2]) -> ZeroPadding2D([[0, 0], [1, 1]]) -> Reshape([14, 2])
            -> Conv1D(4, relu, kernel = 3, stride = 2) -> MaxPool1D(2) -> Conv1D(3, kernel = 2)
            -> PRelu(shared_axes = [1]);

        head loud = look -> GlobalAveragePool -> Dense(1) { loss: mse }
        head pitch = look -> Flatten -> Dense(1) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/pytorch_sequence_convolution.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { sound: [[-0.506, -1.721], [0.465, -0.059], [-0.86, 1.257], [-0.853, 0.1], [2.016, -0.323], [0.169, -0.712], [-0.441, -0.227], [1.792, -2.532], [-0.136, 0.341], [1.453, 1.105], [0.562, 0.161], [1.159, 0.17]] },
                &[&[0.3887902], &[0.28373125]],
            ),
            (
                NetInputs { sound: [[0.855, 1.011], [-0.025, -0.998], [2.27, -0.248], [0.86, 0.936], [-1.65, -1.679], [-0.043, 1.49], [-0.101, -0.939], [1.227, 2.029], [-0.82, 0.727], [1.126, 0.404], [-1.238, 0.654], [-1.788, -0.328]] },
                &[&[0.34562838], &[0.23303106]],
            ),
            (
                NetInputs { sound: [[0.346, -2.396], [-2.859, 1.188], [-1.752, 0.331], [-2.952, -0.575], [0.075, -0.271], [0.282, -0.305], [-0.392, -0.531], [-1.278, 1.76], [-0.387, -2.022], [-0.334, -0.526], [-0.998, 0.483], [-0.642, 0.712]] },
                &[&[0.32841337], &[0.11010903]],
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
