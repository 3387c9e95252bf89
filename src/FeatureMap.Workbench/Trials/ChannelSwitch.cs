using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Workbench;

/// <summary>
/// A model in which one channel of a layer gives 0: behind the layer stands a depthwise 1x1 convolution whose weights are 1, and 0 for the
/// channel. Times 1 changes no bit, so all that does not come from the channel is as it was.
/// </summary>
internal static class ChannelSwitch
{
    /// <summary>What the added layer is called, perhaps with a number behind it.</summary>
    public const string Name = "channel-switch";

    /// <summary>The model with one channel off; its weights are copies.</summary>
    public static Model Off(Model model, string layer, int channel)
    {
        var rewritten = model.Network.Rewrite((one, inputs) => one.Name != layer ? null
            : inputs[0].Then(one.Op!, one.Name, [.. inputs.Skip(1)])
                .Then(new Conv2d(one.Output.Channels, 1) { Groups = one.Output.Channels, HasBias = false }, Name));
        var weights = model.Weights.Derive(rewritten, parameter =>
        {
            if (!parameter.Name.StartsWith(Name + ".", StringComparison.Ordinal)) return false;
            parameter.Values.Fill(1);
            parameter.Values[channel] = 0;
            return true;
        });
        return new Model(weights, model.Normalization, model.ClassNames, model.Preparation) { Fit = model.Fit };
    }
}
