using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>Draws blocks as HTML: one writer for each kind. Nothing is computed here.</summary>
internal sealed class BlockWriter(HtmlBuilder html, LessonPage page)
{
    private readonly Lesson lesson = page.State.Lesson;
    private int charts, sentences, links, codes;

    /// <summary>Each block is an element with an id of its own, and a piece of the page; those of practice that never change are
    /// none.</summary>
    public void Write(Block block)
    {
        if (block is Pitfall or Experiment or Question or Sources) Draw(block);
        else html.Piece(() => Draw(block));
    }

    private void Draw(Block block)
    {
        switch (block)
        {
            case Sentence sentence: WordWriter.Sentence(html, sentence, $"sentence-{++sentences}"); break;
            case Formula formula: WordWriter.Formula(html, formula); break;
            case Grid grid: GridWriter.Write(html, grid, page); break;
            case Links one: LinkWriter.Links(html, one, $"links-{++links}"); break;
            case Timeline timeline: LinkWriter.Timeline(html, timeline, $"timeline-{++links}"); break;
            case SparseMatrix matrix: MatrixWriter.Write(html, matrix); break;
            case Strip strip: GridWriter.Strip(html, strip); break;
            case Map map: MapWriter.Write(html, map); break;
            case Lines lines: ChartWriter.Lines(html, lines, ChartId()); break;
            case Bars bars: ChartWriter.Bars(html, bars, ChartId()); break;
            case Scatter scatter: ChartWriter.Scatter(html, scatter, ChartId()); break;
            case Surface surface: SurfaceWriter.Write(html, surface); break;
            case Graph graph: GraphWriter.Write(html, graph); break;
            case Table table: TableWriter.Table(html, table); break;
            case Cost cost: TableWriter.Cost(html, cost); break;
            case Code code: TableWriter.Code(html, code, $"code-{++codes}"); break;
            case Pitfall pitfall: TeachingWriter.Pitfall(html, pitfall); break;
            case Experiment experiment: TeachingWriter.Experiment(html, experiment, lesson); break;
            case Question question: TeachingWriter.Question(html, question, lesson); break;
            case ChallengeBlock challenge: TeachingWriter.Challenge(html, challenge, lesson); break;
            case Sources sources: TeachingWriter.Sources(html, sources); break;
            default: throw new InvalidOperationException($"The studio draws no block of kind {block.GetType().Name} yet: give it a writer in Blocks.");
        }
    }

    private string ChartId() => $"chart-{++charts}";
}
