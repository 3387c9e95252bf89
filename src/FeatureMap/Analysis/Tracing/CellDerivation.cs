using System.Globalization;
using System.Text;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>How a number of a layer's output is made.</summary>
public enum CellRule
{
    /// <summary>It is given: a pixel of the image, a constant.</summary>
    Given,

    /// <summary>Numbers of the input times weights, added up, and a bias.</summary>
    Products,

    /// <summary>Numbers of the input times fixed shares, added up: means, interpolations.</summary>
    WeightedSum,

    /// <summary>The largest of some numbers.</summary>
    Largest,

    /// <summary>A number of the input as it is.</summary>
    Copied,

    /// <summary>A function of one number.</summary>
    Function,

    /// <summary>A function of the numbers at the same place of several inputs.</summary>
    Combined,

    /// <summary>A number less a mean, divided by a deviation, scaled and shifted.</summary>
    Normalized,

    /// <summary>A number compared with all that stand beside it: softmax, a vector's length.</summary>
    Compared,

    /// <summary>Many numbers made one.</summary>
    Reduced,

    /// <summary>In a way that is not taken apart cell by cell.</summary>
    Whole,
}

/// <summary>A number of an input that a cell is made of.</summary>
/// <param name="Source">Which of the layer's inputs, from 0.</param>
/// <param name="Cell">Its place there, planar; -1 for padding.</param>
/// <param name="Number">The number; 0 for padding.</param>
/// <param name="Factor">What it is multiplied by: a weight, a share, 1.</param>
/// <param name="Weight">Which number of the layer's weight that is, in memory order; -1 for none.</param>
public readonly record struct CellTerm(int Source, int Cell, double Number, double Factor = 1, int Weight = -1)
{
    /// <summary>Number times factor.</summary>
    public double Product => Number * Factor;
}

/// <summary>A number with a name that a cell is made with, such as <c>mean</c>.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Symbol">How formulas write it.</param>
/// <param name="Value">The number.</param>
public readonly record struct CellNumber(string Name, string Symbol, double Value);

/// <summary>
/// How one number of a layer's output came about, in evaluation: the numbers of the input that made it, what each was multiplied by, and
/// what was done with them. Every op has a rule; where none takes the op apart, that is said (<see cref="CellRule.Whole"/>). Computed in
/// double precision from the numbers that the engine computed with, beside the number that it gave.
/// </summary>
public sealed partial class CellDerivation
{
    private CellDerivation(CellRule rule, string formula) => (Rule, Formula) = (rule, formula);

    /// <summary>How it is made.</summary>
    public CellRule Rule { get; }

    /// <summary>The rule as a formula with symbols: x is a number of the input, y the cell.</summary>
    public string Formula { get; }

    /// <summary>The numbers that it is made of, in the order of the engine's description; those on padding among them.</summary>
    public IReadOnlyList<CellTerm> Terms { get; private init; } = [];

    /// <summary>What else it is made with: a bias, a mean, a scale.</summary>
    public IReadOnlyList<CellNumber> Numbers { get; private init; } = [];

    /// <summary>The cell by the formula; null where the op is not taken apart.</summary>
    public double? Computed { get; private init; }

    /// <summary>What is to be said about it; empty where the formula says all.</summary>
    public string Remark { get; private init; } = "";

    /// <summary>The number that the engine gave.</summary>
    public float Value { get; private set; }

    /// <summary>Place of the cell in the output, planar.</summary>
    public int Cell { get; private set; }

    /// <summary>Takes one cell apart.</summary>
    /// <param name="trace">The model and the image.</param>
    /// <param name="layer">Name of the layer.</param>
    /// <param name="channel">Channel of the cell.</param>
    /// <param name="row">Row of the cell.</param>
    /// <param name="column">Column of the cell.</param>
    /// <param name="cancellation">Ends the work between two layers.</param>
    /// <exception cref="UsageException">There is no such layer, or its output has no such cell.</exception>
    public static CellDerivation Of(ForwardTrace trace, string layer, int channel, int row, int column,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(trace);
        var found = trace.Network[layer];
        var shape = found.Output;
        if (channel < 0 || row < 0 || column < 0 || channel >= shape.Channels || row >= shape.Height || column >= shape.Width)
            throw new UsageException($"The output of {layer} is {shape} (channels x height x width), counted from 0: it has no cell in "
                + $"channel {channel}, row {row}, column {column}.");
        var cell = (((channel * shape.Height) + row) * shape.Width) + column;
        var value = trace.Output(layer, cancellation)[cell];
        var inputs = found.Inputs.Select(input => trace.Output(trace.Network.Layers[input].Name, cancellation)).ToArray();
        var derivation = found.Op is null ? new CellDerivation(CellRule.Given, "y = x")
        {
            Computed = value,
            Remark = "A number that the network reads: the pixel, prepared and normalised.",
        }
        : Of(found.Op, found.InputShapes, inputs, index => trace.Parameter(found, index), shape, cell);
        (derivation.Value, derivation.Cell) = (value, cell);
        return derivation;
    }

    /// <summary>Hands out the numbers of a parameter.</summary>
    internal delegate ReadOnlySpan<float> ParameterNumbers(int index);

    /// <summary>The formula, and the number by it beside that of the engine.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Formula);
        if (Terms.Count is > 0 and <= 64 && Rule is CellRule.Products or CellRule.WeightedSum)
            text.Append(" = ").AppendJoin(" + ", Terms.Select(term => string.Create(CultureInfo.InvariantCulture,
                $"{term.Number:0.####}*{term.Factor:0.####}")));
        if (Computed is { } computed) text.Append(CultureInfo.InvariantCulture, $" = {computed:0.######}");
        return text.Append(CultureInfo.InvariantCulture, $", and the engine gave {Value:0.######}").ToString();
    }
}
