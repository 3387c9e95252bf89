using FeatureMap.Training;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace FeatureMap.Goldens.Training;

/// <summary>
/// One of our optimisers as libtorch's: two parameter groups, as our weight decay pulls on weights only, not on biases and scales. libtorch itself does the arithmetic of
/// tensors; the loop over parameters is TorchSharp's. It has no Lion: that one is written out.
/// </summary>
internal sealed class TorchOptimizer
{
    private readonly List<optim.Optimizer> groups = [];
    private readonly List<LionGroup> lions = [];

    public TorchOptimizer(Optimizer ours, IReadOnlyList<Parameter> decaying, IReadOnlyList<Parameter> others)
    {
        foreach (var (parameters, decay) in new[] { (decaying, ours.WeightDecay), (others, 0.0) })
            switch (ours)
            {
                case Sgd sgd: groups.Add(optim.SGD(parameters, 1, sgd.Momentum, weight_decay: decay, nesterov: sgd.Nesterov)); break;
                case AdamW adam: groups.Add(optim.AdamW(parameters, 1, adam.Beta1, adam.Beta2, adam.Epsilon, decay)); break;
                case Adam adam: groups.Add(optim.Adam(parameters, 1, adam.Beta1, adam.Beta2, adam.Epsilon, decay)); break;
                case RmsProp rms: groups.Add(optim.RMSProp(parameters, 1, rms.Smoothing, rms.Epsilon, decay, rms.Momentum, rms.Centered)); break;
                case Lion lion: lions.Add(new LionGroup(lion, parameters, decay)); break;
                default: throw new NotSupportedException($"{ours.Name} has no translation to libtorch.");
            }
    }

    public void Step(double rate)
    {
        foreach (var group in groups)
        {
            foreach (var part in group.ParamGroups)
                part.LearningRate = rate;
            group.step();
        }
        foreach (var lion in lions)
            lion.Step(rate);
    }

    /// <summary>Algorithm 2 of arXiv 2302.06675, line by line.</summary>
    private sealed class LionGroup(Lion ours, IReadOnlyList<Parameter> parameters, double decay)
    {
        private readonly Tensor[] momentum = [.. parameters.Select(parameter => zeros_like(parameter))];

        public void Step(double rate)
        {
            using var _ = no_grad();
            for (var i = 0; i < momentum.Length; i++)
            {
                var (w, g, m) = (parameters[i], parameters[i].grad!, momentum[i]);
                var update = ((m * ours.Beta1) + (g * (1 - ours.Beta1))).sign();
                w.sub_((update + (w * decay)) * rate);
                m.copy_((m * ours.Beta2) + (g * (1 - ours.Beta2)));
            }
        }
    }
}
