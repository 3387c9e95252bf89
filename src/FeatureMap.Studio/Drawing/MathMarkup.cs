using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>Terms as MathML, which browsers draw and screen readers speak. A number that is a cell of a grid lights up with it.</summary>
internal static class MathMarkup
{
    public static void Formula(HtmlBuilder html, Formula formula)
    {
        html.Join($"""<math display="block"><mrow>""");
        Symbol(html, formula.Left.Name);
        html.Join($"<mo>=</mo>");
        if (formula.Right.Symbols != formula.Right.Filled)
        {
            Write(html, formula.Right, isFilled: false, 0);
            html.Join($"</mrow></math>");
            html.Join($"""<math display="block"><mrow><mo>=</mo>""");
        }
        Write(html, formula.Right, isFilled: true, 0);
        html.Join($"<mo>=</mo>");
        Number(html, formula.Left.Value, formula.Left.Cell);
        html.Add($"</mrow></math>");
    }

    private static void Write(HtmlBuilder html, Term term, bool isFilled, int strength)
    {
        switch (term)
        {
            case NumberTerm number:
                Signed(html, number.Number, number.Cell, strength);
                break;
            case SymbolTerm symbol when isFilled:
                Signed(html, symbol.Number, symbol.Cell, strength);
                break;
            case SymbolTerm symbol:
                Symbol(html, symbol.Name);
                break;
            case OperationTerm operation:
                Operation(html, operation, isFilled, strength);
                break;
            default:
                html.Join($"<mtext>{(isFilled ? term.Filled : term.Symbols)}</mtext>");
                break;
        }
    }

    private static void Operation(HtmlBuilder html, OperationTerm term, bool isFilled, int strength)
    {
        var (operation, arguments) = (term.Operation, term.Arguments);
        switch (operation)
        {
            case TermOperation.Quotient:
                html.Join($"<mfrac>");
                Row(html, arguments[0], isFilled, 0);
                Row(html, arguments[1], isFilled, 0);
                html.Join($"</mfrac>");
                break;
            case TermOperation.Power:
                html.Join($"<msup>");
                Row(html, arguments[0], isFilled, 3);
                Row(html, arguments[1], isFilled, 0);
                html.Join($"</msup>");
                break;
            case TermOperation.Root:
                html.Join($"<msqrt>");
                Row(html, arguments[0], isFilled, 0);
                html.Join($"</msqrt>");
                break;
            case TermOperation.Floor:
                Fenced(html, arguments, isFilled, "⌊", "⌋");
                break;
            case TermOperation.Ceiling:
                Fenced(html, arguments, isFilled, "⌈", "⌉");
                break;
            case TermOperation.Largest:
                html.Join($"<mi>max</mi>");
                Fenced(html, arguments, isFilled, "(", ")");
                break;
            case TermOperation.Logarithm:
                html.Join($"<mi>ln</mi>");
                Fenced(html, arguments, isFilled, "(", ")");
                break;
            case TermOperation.Exponential:
                html.Join($"<msup><mi>e</mi>");
                Row(html, arguments[0], isFilled, 0);
                html.Join($"</msup>");
                break;
            default:
                Infix(html, operation, arguments, isFilled, strength);
                break;
        }
    }

    private static void Infix(HtmlBuilder html, TermOperation operation, IReadOnlyList<Term> arguments, bool isFilled, int strength)
    {
        var (sign, own) = operation switch
        {
            TermOperation.Sum => ("+", 1),
            TermOperation.Difference => ("−", 1),
            TermOperation.Remainder => ("mod", 2),
            _ => ("×", 2),
        };
        html.Join($"<mrow>");
        if (own < strength) html.Join($"<mo>(</mo>");
        for (var i = 0; i < arguments.Count; i++)
        {
            if (i > 0) html.Join($"<mo>{sign}</mo>");
            // What is taken away or divided by binds stronger than what stands before it.
            Write(html, arguments[i], isFilled, i > 0 && operation is TermOperation.Difference or TermOperation.Remainder ? own + 1 : own);
        }
        if (own < strength) html.Join($"<mo>)</mo>");
        html.Join($"</mrow>");
    }

    private static void Fenced(HtmlBuilder html, IReadOnlyList<Term> arguments, bool isFilled, string left, string right)
    {
        html.Join($"<mrow><mo>{left}</mo>");
        for (var i = 0; i < arguments.Count; i++)
        {
            if (i > 0) html.Join($"<mo>,</mo>");
            Write(html, arguments[i], isFilled, 0);
        }
        html.Join($"<mo>{right}</mo></mrow>");
    }

    private static void Row(HtmlBuilder html, Term term, bool isFilled, int strength)
    {
        html.Join($"<mrow>");
        Write(html, term, isFilled, strength);
        html.Join($"</mrow>");
    }

    private static void Symbol(HtmlBuilder html, string name)
    {
        if (name.Split('_', 2) is [var letter, var below])
            html.Join($"<msub><mi>{letter}</mi><mi>{below}</mi></msub>");
        else
            html.Join($"<mi>{name}</mi>");
    }

    private static void Signed(HtmlBuilder html, double value, CellReference? cell, int strength)
    {
        var isFenced = value < 0 && strength > 0;
        if (isFenced) html.Join($"<mo>(</mo>");
        Number(html, value, cell);
        if (isFenced) html.Join($"<mo>)</mo>");
    }

    private static void Number(HtmlBuilder html, double value, CellReference? cell)
    {
        if (cell is null) html.Join($"<mn>{Text(value)}</mn>");
        else html.Join($"""<mn data-cell="{cell.Grid}:{cell.Cell}">{Text(value)}</mn>""");
    }

    private static string Text(double value) => NumberText.Of(value).Replace('-', '−');
}
