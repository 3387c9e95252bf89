using FeatureMap.Networks;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>
/// Branches that meet although their units look at different places: other strides, or centres apart. Less than half a unit apart is a
/// matter of taste (TensorFlow's "same" padding does it); more puts unlike things together. Source: Araujo, Norris and Sim, Distill 2019.
/// </summary>
internal sealed class AlignRule : LintRule
{
    // Strides of 1/3 leave rounding errors; true differences are far larger.
    private const double Rounding = 1e-6;

    public override string Id => "align";

    public override string Title => "branches that meet and look at different places";

    public override string Why => "A sum or concatenation joins units by their position in the map. When those look at different pixels, "
        + "edges of one branch are laid beside the edges of the other.";

    public override string Lesson => "src/FeatureMap/Blocks/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        foreach (var layer in context.Network.Layers)
        {
            var field = context.Fields[layer.Index];
            if (field.IsAligned) continue;
            var branches = field.Branches.Where(branch => !branch.IsGlobal).ToList();
            var other = branches.First(branch => Apart(branches[0], branch) > Rounding || Stretch(branches[0], branch) > Rounding);
            var (apart, units) = (Apart(branches[0], other),
                Apart(branches[0], other) / Math.Max(Rounding, Math.Max(other.Vertical.Stride, other.Horizontal.Stride)));
            var isStretched = Stretch(branches[0], other) > Rounding;
            yield return Finding(
                isStretched || units > 0.5 + Rounding ? LintSeverity.Warning : LintSeverity.Hint, layer,
                isStretched
                    ? $"'{branches[0].Layer}' moves by {Strides(branches[0])} pixels from unit to unit and '{other.Layer}' "
                        + $"by {Strides(other)}: away from the corner they look at ever more different places"
                    : $"units of '{branches[0].Layer}' are centred {Pixels(apart)} beside those of '{other.Layer}' "
                        + $"({Centre(branches[0])} and {Centre(other)}; a unit is {Strides(other)} wide)",
                "Pad both branches so that their centres agree: half of the extent on each side (Padding.Half) instead of Padding.Same "
                    + "where there is a stride; a kernel of 2 or 4 with stride 2 for enlarging; crop the middle.",
                ("pixels", apart), ("units", units));
        }
    }

    private static double Apart(ReceptiveField one, ReceptiveField other) =>
        Math.Max(Math.Abs(one.Vertical.Offset - other.Vertical.Offset), Math.Abs(one.Horizontal.Offset - other.Horizontal.Offset));

    private static double Stretch(ReceptiveField one, ReceptiveField other) =>
        Math.Max(Math.Abs(one.Vertical.Stride - other.Vertical.Stride), Math.Abs(one.Horizontal.Stride - other.Horizontal.Stride));

    private static string Pixels(double number) => $"{Number(number)} pixel{(number == 1 ? "" : "s")}";

    private static string Strides(ReceptiveField field) => ReceptiveField.Pair(field.Vertical.Stride, field.Horizontal.Stride);

    private static string Centre(ReceptiveField field) => ReceptiveField.Pair(field.Vertical.Offset, field.Horizontal.Offset);
}
