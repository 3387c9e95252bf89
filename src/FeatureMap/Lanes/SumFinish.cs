namespace FeatureMap.Lanes;

/// <summary>
/// What becomes of sums right after they were stored, while they are in the cache: scaled, added to something, carried through a function,
/// each number by itself. Whoever computes sums calls it once for each of them, in pieces as they become ready; the numbers are those
/// that a pass of its own over the memory would give, without the pass.
/// </summary>
internal abstract unsafe class SumFinish
{
    /// <summary>Replaces some numbers of some outputs that stand in the target.</summary>
    /// <param name="target">The first number: the first of these lanes of the first pixel of the first output.</param>
    /// <param name="output">The first output.</param>
    /// <param name="size">Outputs, pixels of each, and lanes of each pixel: all, or those of a register.</param>
    /// <param name="outputStep">Floats from output to output.</param>
    /// <param name="pixelStep">Floats from pixel to pixel.</param>
    /// <param name="toSkip">Floats from a number to what is added to it, where something is.</param>
    public abstract void Run(
        float* target, int output, (int Outputs, int Pixels, int Lanes) size, nint outputStep, nint pixelStep, nint toSkip);

    /// <summary>Stores a register of each of the 2x2 pixels of a tile, for some outputs, on their way from the sums.</summary>
    /// <param name="sums">Where the sums of the first output stand: four registers, one behind the other by <paramref
    /// name="pixel"/>.</param>
    /// <param name="sumStep">Floats from output to output.</param>
    /// <param name="pixel">Floats from pixel to pixel of the sums.</param>
    /// <param name="target">The upper left pixel of the first output.</param>
    /// <param name="steps">Floats to the right and to the lower pixel, and from output to output.</param>
    /// <param name="has">Whether there is a right column and a lower row.</param>
    /// <param name="bias">What is added to the sums first, by output; null for nothing.</param>
    /// <param name="outputs">The outputs.</param>
    /// <param name="toSkip">Floats from a number to what is added to it, where something is.</param>
    /// <param name="images">Lanes that can have an image: a smaller register where they are fewer than it has.</param>
    /// <param name="clears">Whether the lanes behind them become 0.</param>
    /// <param name="streams">Whether to store past the caches.</param>
    public abstract void StoreTile(
        float* sums, nint sumStep, nint pixel, float* target, (nint Right, nint Lower, nint Plane) steps, (bool Right, bool Bottom) has,
        float* bias, IndexRange outputs, nint toSkip, int images = LaneLayout.Lanes, bool clears = false, bool streams = false);
}

/// <summary>A finish in one shard, for outputs that are counted from a given one; default for none.</summary>
/// <param name="Finish">What is done; null for nothing.</param>
/// <param name="ToSkip">Floats from a number to what is added to it.</param>
/// <param name="FirstOutput">The number of output 0.</param>
internal readonly record struct ShardFinish(SumFinish? Finish, nint ToSkip, int FirstOutput = 0)
{
    /// <summary>Whether there is something to do.</summary>
    public bool IsWanted => Finish is not null;

    /// <summary>Finishes a tile: pixels of some outputs, of all lanes or of a register of them.</summary>
    public unsafe void Tile(
        float* target, int output, (int Outputs, int Pixels, int Lanes) size, nint outputStep, nint pixelStep) =>
        Finish!.Run(target, FirstOutput + output, size, outputStep, pixelStep, ToSkip);

    /// <summary>Finishes a part of the outputs, whose planes have no gaps, when all of it was stored.</summary>
    public unsafe void Part(float* target, MapPart part, int columns, nint outputStep)
    {
        if (IsWanted)
            Tile(
                target + (part.Outputs.First * outputStep) + ((nint)part.Rows.First * columns * LaneLayout.Lanes), part.Outputs.First,
                (part.Outputs.Count, part.Rows.Count * columns, LaneLayout.Lanes), outputStep, LaneLayout.Lanes);
    }

    /// <summary>Finishes pixels of one output that follow each other.</summary>
    public unsafe void Pixels(float* target, int output, int pixels) =>
        Finish!.Run(target, FirstOutput + output, (1, pixels, LaneLayout.Lanes), 0, LaneLayout.Lanes, ToSkip);
}
