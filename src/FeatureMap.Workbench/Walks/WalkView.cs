using FeatureMap.Analysis;

namespace FeatureMap.Workbench;

/// <summary>A layer of the network that is walked.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Op">What it computes, such as <c>Conv2d</c>; <c>input</c> for the image.</param>
/// <param name="Settings">Its settings, short.</param>
/// <param name="Output">Channels x height x width of what it gives.</param>
/// <param name="Inputs">Numbers of the layers that it reads.</param>
/// <param name="Parameters">How many numbers it owns.</param>
/// <param name="MultiplyAdds">What it costs for one image.</param>
/// <param name="Lesson">Id of the lesson that explains it; null where none does.</param>
public sealed record WalkNode(
    string Name, string Op, string Settings, Shape Output, IReadOnlyList<int> Inputs, long Parameters, long MultiplyAdds, string? Lesson)
{
    /// <summary>Whether it stands at the foot of what it reads, as a normalisation or an activation does.</summary>
    public bool IsAttached { get; init; }

    /// <summary>Some of its maps, small; empty where the network is large.</summary>
    public IReadOnlyList<WalkMap> Maps { get; init; } = [];
}

/// <summary>One channel of what a layer gives.</summary>
/// <param name="Channel">Its number.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Values">Its numbers, row by row.</param>
public sealed record WalkMap(int Channel, int Height, int Width, ReadOnlyMemory<float> Values)
{
    /// <summary>The smallest number; 0 where none is finite.</summary>
    public float Least => Finite().Min();

    /// <summary>The largest number; 0 where none is finite.</summary>
    public float Most => Finite().Max();

    /// <summary>Whether all of them are 0.</summary>
    public bool IsZero => Values.Span.IndexOfAnyExcept(0f) < 0;

    private IEnumerable<float> Finite() => Values.ToArray().Where(float.IsFinite).DefaultIfEmpty(0);
}

/// <summary>A parameter of a layer.</summary>
/// <param name="Name">Its name inside the layer.</param>
/// <param name="Sizes">Its sizes, such as <c>16 x 1 x 3 x 3</c>.</param>
/// <param name="Count">How many numbers.</param>
public sealed record WalkParameter(string Name, string Sizes, int Count);

/// <summary>A layer from near: all of its channels, a page at a time.</summary>
/// <param name="Node">The layer.</param>
/// <param name="Does">What it does, in a sentence.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Page">Which page of channels it is.</param>
/// <param name="Pages">How many there are.</param>
/// <param name="Maps">The channels of the page.</param>
/// <param name="Least">The smallest number of all channels.</param>
/// <param name="Most">The largest number of all channels.</param>
public sealed record WalkLayer(WalkNode Node, string Does, IReadOnlyList<WalkParameter> Parameters, int Page, int Pages,
    IReadOnlyList<WalkMap> Maps, float Least, float Most);

/// <summary>A channel from near.</summary>
/// <param name="Map">All of it.</param>
/// <param name="Top">First row of the part whose numbers are shown.</param>
/// <param name="Left">First column of that part.</param>
/// <param name="Rows">Rows of that part.</param>
/// <param name="Columns">Columns of that part.</param>
public sealed record WalkChannel(WalkMap Map, int Top, int Left, int Rows, int Columns);

/// <summary>A number that a cell is made of, with where it stands.</summary>
/// <param name="Layer">Name of the layer that gave it.</param>
/// <param name="Channel">Its channel there; -1 for padding.</param>
/// <param name="Row">Its row.</param>
/// <param name="Column">Its column.</param>
/// <param name="Term">Number, factor and product.</param>
public sealed record WalkTerm(string Layer, int Channel, int Row, int Column, CellTerm Term);

/// <summary>What one channel of an input adds to a cell.</summary>
/// <param name="Layer">Name of the layer that gave the channel.</param>
/// <param name="Channel">The channel; -1 for padding alone.</param>
/// <param name="Products">How many products.</param>
/// <param name="Sum">Their sum.</param>
public sealed record WalkShare(string Layer, int Channel, int Products, double Sum);

/// <summary>A cell from near: how it came about.</summary>
/// <param name="Channel">Its channel.</param>
/// <param name="Row">Its row.</param>
/// <param name="Column">Its column.</param>
/// <param name="Derivation">The rule, its numbers, and what the engine gave.</param>
/// <param name="Shares">What each channel of the inputs adds, where several do; in their order.</param>
/// <param name="Of">Which of the shares the terms belong to.</param>
/// <param name="Terms">The numbers that it is made of: those of that share, the first of them where they are many.</param>
/// <param name="TermCount">How many there are in that share.</param>
/// <param name="WindowRows">Rows of the window, where the terms are a window of rows and columns in their order; else 0.</param>
/// <param name="WindowColumns">Columns of the window.</param>
public sealed record WalkCell(int Channel, int Row, int Column, CellDerivation Derivation, IReadOnlyList<WalkShare> Shares, int Of,
    IReadOnlyList<WalkTerm> Terms, int TermCount, int WindowRows, int WindowColumns);

/// <summary>What is seen from where a walk stands.</summary>
public sealed record WalkView
{
    /// <summary>The whole network, in the order of computation; the first is the image.</summary>
    public required IReadOnlyList<WalkNode> Nodes { get; init; }

    /// <summary>What the network reads, as pixels.</summary>
    public required Data.Picture Seen { get; init; }

    /// <summary>What was done to the image for it, in a sentence.</summary>
    public required string Placed { get; init; }

    /// <summary>The classes with the highest probabilities, highest first; empty where the network makes no choice between
    /// classes.</summary>
    public IReadOnlyList<TrialClass> Answer { get; init; } = [];

    /// <summary>The layer; null for the whole.</summary>
    public WalkLayer? Layer { get; init; }

    /// <summary>The channel; null for the layer.</summary>
    public WalkChannel? Channel { get; init; }

    /// <summary>The cell; null for the channel.</summary>
    public WalkCell? Cell { get; init; }

    /// <summary>What should be known: sentences.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];
}
