using System.Globalization;

namespace FeatureMap.Data;

/// <summary>One word of a vocabulary: makes a part from a step that was read, and writes it again.</summary>
internal abstract class Word<TBase>(string name, string meaning) where TBase : class
{
    public string Name => name;

    public string Meaning => meaning;

    /// <summary>The word with its arguments: those in brackets may be left out, those with a name must be written with it.</summary>
    public abstract string Usage { get; }

    public abstract TBase Make(DescribedStep step, Vocabulary<TBase> vocabulary);

    /// <summary>The text of a part; null when it is not of this word, or cannot be written.</summary>
    public abstract string? Write(TBase part, Vocabulary<TBase> vocabulary);
}

/// <summary>A word for a record whose options are plain values. The prototype holds the defaults.</summary>
internal sealed class Word<TBase, T>(string name, string meaning, T prototype) : Word<TBase>(name, meaning)
    where TBase : class
    where T : class, TBase
{
    private readonly List<Argument> arguments = [];
    private Func<T, bool>? isWritable;

    private sealed record Argument(string Name, string Kind, Func<T, string> Format, Func<T, string, T?> Set, bool IsNamed, bool IsRequired);

    public override string Usage
    {
        get
        {
            var texts = arguments.Select(argument => argument switch
            {
                { IsRequired: true } => argument.Name,
                { IsNamed: true } => $"[{argument.Name}={argument.Format(prototype)}]",
                _ => $"[{argument.Name}]",
            });
            return string.Join(' ', texts.Prepend(Name));
        }
    }

    public Word<TBase, T> Number(string name, Func<T, double> get, Func<T, float, T> set, bool isNamed = false) => Add(new(
        name, "a number", given => ((float)get(given)).ToString(CultureInfo.InvariantCulture),
        (given, text) => float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && float.IsFinite(value) ? set(given, value) : null, isNamed, IsRequired: false));

    public Word<TBase, T> Whole(string name, Func<T, int> get, Func<T, int, T> set, bool isNamed = false, bool isRequired = false) => Add(new(
        name, "a whole number", given => get(given).ToString(CultureInfo.InvariantCulture),
        (given, text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? set(given, value) : null, isNamed, isRequired));

    /// <summary>Two numbers, written with a colon between them.</summary>
    public Word<TBase, T> Range(string name, Func<T, (float Lower, float Upper)> get, Func<T, (float Lower, float Upper), T> set) => Add(new(
        name, "two numbers with a colon between them, the lower first", given => $"{get(given).Lower}:{get(given).Upper}",
        (given, text) => text.Split(':') is [var low, var high]
            && float.TryParse(low, NumberStyles.Float, CultureInfo.InvariantCulture, out var lower) && float.TryParse(high, NumberStyles.Float, CultureInfo.InvariantCulture, out var upper)
            ? set(given, (lower, upper)) : null,
        IsNamed: true, IsRequired: false));

    public Word<TBase, T> Choice<TEnum>(string name, Func<T, TEnum> get, Func<T, TEnum, T> set) where TEnum : struct, Enum => Add(new(
        name, string.Join(", ", Enum.GetNames<TEnum>().Select(Lower)), given => Lower(get(given).ToString()),
        (given, text) => char.IsAsciiLetter(text[0]) && Enum.TryParse<TEnum>(text, ignoreCase: true, out var value) ? set(given, value) : null, IsNamed: true, IsRequired: false));

    public Word<TBase, T> Flag(string name, Func<T, bool> get, Func<T, bool, T> set) => Add(new(
        name, "yes or no", given => get(given) ? "yes" : "no", (given, text) => Lower(text) switch { "yes" => set(given, true), "no" => set(given, false), _ => null }, IsNamed: true, IsRequired: false));

    /// <summary>A value with a text form of its own.</summary>
    public Word<TBase, T> Value(string name, string kind, Func<T, string> format, Func<T, string, T?> set) => Add(new(name, kind, format, set, IsNamed: true, IsRequired: false));

    /// <summary>Says which parts the options describe completely; others have no text.</summary>
    public Word<TBase, T> Where(Func<T, bool> condition)
    {
        isWritable = condition;
        return this;
    }

    public override TBase Make(DescribedStep step, Vocabulary<TBase> vocabulary)
    {
        if (step.Groups is not null) throw new UsageException($"'{Name}' takes no brackets.");
        var result = prototype;
        var given = new HashSet<string>();
        var positional = arguments.Where(argument => !argument.IsNamed).ToList();
        var next = 0;
        foreach (var (name, value) in step.Arguments)
        {
            var argument = name is null
                ? positional.ElementAtOrDefault(next++)
                    ?? throw new UsageException($"'{value}' is one value too many for '{Name}': {Usage}.")
                : arguments.Find(argument => string.Equals(argument.Name, name, StringComparison.OrdinalIgnoreCase))
                    ?? throw new UsageException($"'{Name}' has no '{name}'.{NearestName.Suggest(name, arguments.Select(argument => argument.Name))}");
            if (!given.Add(argument.Name)) throw new UsageException($"{argument.Name} of '{Name}' is given twice.");
            result = argument.Set(result, value) ?? throw new UsageException($"{argument.Name} of '{Name}' is {argument.Kind}: received '{value}'.");
        }
        return arguments.Find(argument => argument.IsRequired && !given.Contains(argument.Name)) is { } missing
            ? throw new UsageException($"'{Name}' needs {missing.Name}: {Usage}.")
            : result;
    }

    public override string? Write(TBase part, Vocabulary<TBase> vocabulary)
    {
        if (part is not T given || isWritable?.Invoke(given) == false) return null;
        var words = new List<string> { Name };
        var positional = arguments.Where(argument => !argument.IsNamed).ToList();
        words.AddRange(positional.Take(1 + positional.FindLastIndex(argument => argument.IsRequired || IsChanged(argument))).Select(argument => argument.Format(given)));
        words.AddRange(arguments.Where(argument => argument.IsNamed && IsChanged(argument)).Select(argument => $"{argument.Name}={argument.Format(given)}"));
        return string.Join(' ', words);

        bool IsChanged(Argument argument) => argument.Format(given) != argument.Format(prototype);
    }

    private static string Lower(string text) => text.ToLowerInvariant();

    private Word<TBase, T> Add(Argument argument)
    {
        arguments.Add(argument);
        return this;
    }
}

/// <summary>A word with other steps in brackets, and at most one number.</summary>
internal sealed class GroupWord<TBase>(
    string name, string? parameter, string meaning, bool isChoice, Func<float, IReadOnlyList<TBase>, TBase> make, Func<TBase, (float Number, IReadOnlyList<TBase> Parts)?> read,
    float? otherwise = null) : Word<TBase>(name, meaning)
    where TBase : class
{
    public override string Usage => $"{Name} {(parameter is null ? "" : otherwise is null ? parameter + " " : $"[{parameter}] ")}{(isChoice ? "(... | ...)" : "(...)")}";

    public override TBase Make(DescribedStep step, Vocabulary<TBase> vocabulary)
    {
        if (step.Groups is null || (!isChoice && step.Groups.Count > 1)) throw new UsageException($"'{Name}' is written {Usage}.");
        if (step.Arguments.Count > (parameter is null ? 0 : 1)) throw new UsageException($"'{Name}' is written {Usage}: received {step.Arguments.Count} values before the bracket.");
        var number = otherwise ?? 0;
        if (step.Arguments is [var (given, text)])
        {
            if ((given is not null && !string.Equals(given, parameter, StringComparison.OrdinalIgnoreCase)) || !float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number))
                throw new UsageException($"{parameter} of '{Name}' is a number: received '{(given is null ? text : $"{given}={text}")}'.");
        }
        else if (parameter is not null && otherwise is null) throw new UsageException($"'{Name}' needs {parameter}: {Usage}.");
        return make(number, [.. step.Groups.Select(vocabulary.Make)]);
    }

    public override string? Write(TBase part, Vocabulary<TBase> vocabulary)
    {
        if (read(part) is not { } content) return null;
        var number = parameter is null || content.Number == otherwise ? "" : content.Number.ToString(CultureInfo.InvariantCulture) + " ";
        return $"{Name} {number}({string.Join(" | ", content.Parts.Select(vocabulary.Write))})";
    }
}
