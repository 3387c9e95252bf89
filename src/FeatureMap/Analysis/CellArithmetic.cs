using System.Globalization;
using System.Text;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>
/// How one output number of a convolution comes about: every product, summed per input channel, plus the bias. Each input channel adds its
/// share on its own, so that switching one off takes exactly its contribution away. Computed in double precision; printing it writes the
/// sum out. Source: Dumoulin and Visin, arXiv 1603.07285, figure 1.3.
/// </summary>
/// <example><code>
/// var cell = CellArithmetic.Of(new Conv2d(1, 3) { HasBias = false }, Shape.Image(1, 5, 5), image, kernel, bias: [], channel: 0, row: 0,
/// column: 0);
/// Console.WriteLine(cell);                                           // 3*0 + 3*1 + 2*2 + ... = 12
/// </code></example>
public sealed class CellArithmetic
{
    private CellArithmetic(int channel, int row, int column, double bias, IReadOnlyList<CellProduct> products,
        IReadOnlyList<double> contributions) =>
        (Channel, Row, Column, Bias, Products, Contributions) = (channel, row, column, bias, products, contributions);

    /// <summary>Output channel of the cell.</summary>
    public int Channel { get; }

    /// <summary>Row of the cell.</summary>
    public int Row { get; }

    /// <summary>Column of the cell.</summary>
    public int Column { get; }

    /// <summary>What is added to the products; 0 without bias.</summary>
    public double Bias { get; }

    /// <summary>All products, input channel by input channel, tap by tap; those with padding among them.</summary>
    public IReadOnlyList<CellProduct> Products { get; }

    /// <summary>For each input channel of the whole input the sum of its products; 0 for the channels of other groups.</summary>
    public IReadOnlyList<double> Contributions { get; }

    /// <summary>The output: all contributions and the bias.</summary>
    public double Value => Contributions.Sum() + Bias;

    /// <summary>The output if some input channels were switched off.</summary>
    public double Without(params ReadOnlySpan<int> channels)
    {
        var value = Bias;
        for (var channel = 0; channel < Contributions.Count; channel++)
            if (!channels.Contains(channel)) value += Contributions[channel];
        return value;
    }

    /// <summary>Takes one cell apart.</summary>
    /// <param name="convolution">The layer.</param>
    /// <param name="input">Shape of the image.</param>
    /// <param name="image">Its numbers, planar.</param>
    /// <param name="weight">The kernels: outputs x inputs/groups x height x width.</param>
    /// <param name="bias">One number per output; empty where the layer has none.</param>
    /// <param name="channel">Output channel of the cell.</param>
    /// <param name="row">Row of the cell.</param>
    /// <param name="column">Column of the cell.</param>
    /// <exception cref="ShapeException">The layer does not fit the input, or arrays have other lengths than they need.</exception>
    /// <exception cref="UsageException">The output has no such cell.</exception>
    public static CellArithmetic Of(Conv2d convolution, Shape input, ReadOnlySpan<float> image, ReadOnlySpan<float> weight,
        ReadOnlySpan<float> bias, int channel, int row, int column)
    {
        ArgumentNullException.ThrowIfNull(convolution);
        var geometry = convolution.Geometry(input);
        ConvolutionMatrix.CheckLength("image", image.Length, input.Count);
        ConvolutionMatrix.CheckLength("weight", weight.Length, geometry.OutputChannels * geometry.InputChannelsPerGroup * geometry.Taps);
        if (!bias.IsEmpty) ConvolutionMatrix.CheckLength("bias", bias.Length, geometry.OutputChannels);
        if (channel < 0 || row < 0 || column < 0 || channel >= geometry.OutputChannels || row >= geometry.Output.Height
            || column >= geometry.Output.Width)
            throw new UsageException($"The output is {geometry.Output} (channels x height x width), counted from 0: it has no cell in "
                + $"channel {channel}, row {row}, column {column}.");
        var firstChannel = channel / geometry.OutputChannelsPerGroup * geometry.InputChannelsPerGroup;
        var products = new List<CellProduct>();
        var contributions = new double[input.Channels];
        for (var of = 0; of < geometry.InputChannelsPerGroup; of++)
            for (var tap = 0; tap < geometry.Taps; tap++)
            {
                var y = geometry.Vertical.Position(row, tap / geometry.Horizontal.Kernel);
                var x = geometry.Horizontal.Position(column, tap % geometry.Horizontal.Kernel);
                var isPadding = y < 0 || x < 0 || y >= input.Height || x >= input.Width;
                var number = isPadding ? 0 : image[((((firstChannel + of) * input.Height) + y) * input.Width) + x];
                var product = new CellProduct(firstChannel + of, y, x, number,
                    weight[(((channel * geometry.InputChannelsPerGroup) + of) * geometry.Taps) + tap], isPadding);
                products.Add(product);
                contributions[product.Channel] += product.Value;
            }
        return new CellArithmetic(channel, row, column, bias.IsEmpty ? 0 : bias[channel], products, contributions);
    }

    /// <summary>Written as <c>3*0 + 3*1 + 2*2 + ... = 12</c>: input times weight; a bias stands last.</summary>
    public override string ToString()
    {
        var text = new StringBuilder().AppendJoin(" + ", Products);
        if (Bias != 0) text.Append(CultureInfo.InvariantCulture, $" + {Bias:0.###}");
        return text.Append(CultureInfo.InvariantCulture, $" = {Value:0.###}").ToString();
    }
}

/// <summary>One product of a cell.</summary>
/// <param name="Channel">Input channel.</param>
/// <param name="Row">Row of the input that the tap stands on; outside the image where that is padding.</param>
/// <param name="Column">Column of the input.</param>
/// <param name="Input">The input's number; 0 in the padding.</param>
/// <param name="Weight">The tap's weight.</param>
/// <param name="IsPadding">Whether the tap stands on padding.</param>
public readonly record struct CellProduct(int Channel, int Row, int Column, double Input, double Weight, bool IsPadding)
{
    /// <summary>Input times weight.</summary>
    public double Value => Input * Weight;

    /// <summary>Written as <c>3*2</c>.</summary>
    public override string ToString() => $"{Input:0.###}*{Weight:0.###}";
}
