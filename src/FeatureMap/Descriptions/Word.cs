using System.Numerics;

namespace FeatureMap.Descriptions;

/// <summary>A word of a vocabulary, for help texts.</summary>
/// <param name="Name">The word.</param>
/// <param name="Usage">The word with its arguments: those in brackets may be left out, those with a name must be written with it.</param>
/// <param name="Meaning">What it does, in a few words.</param>
public sealed record DescribedWord(string Name, string Usage, string Meaning);

/// <summary>
/// One word of a vocabulary: makes a part from a step that was read, and writes it again. A word of your own is a
/// <see cref="Word{TBase, T}"/>; <see cref="OwnWords"/> takes it.
/// </summary>
/// <typeparam name="TBase">What is described, such as <c>Optimizer</c>.</typeparam>
public abstract class Word<TBase> where TBase : class
{
    private protected Word(string name, string meaning)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length == 0 || !char.IsAsciiLetter(name[0]) || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-'))
            throw new UsageException("A word has letters, digits and hyphens and begins with a letter, such as 'one-cycle': received "
                + $"'{name}'.");
        (Name, Meaning) = (name, meaning);
    }

    /// <summary>The word.</summary>
    public string Name { get; }

    /// <summary>What it does, in a few words.</summary>
    public string Meaning { get; }

    /// <summary>The word with its arguments: those in brackets may be left out, those with a name must be written with it.</summary>
    public abstract string Usage { get; }

    /// <param name="step">What was written.</param>
    /// <param name="vocabulary">Reads what stands in brackets.</param>
    /// <param name="basis">Where arguments that may not be left out come from if they are; null for nowhere.</param>
    internal abstract TBase Make(DescribedStep step, Vocabulary<TBase> vocabulary, TBase? basis);

    /// <summary>The text of a part; null when it is not of this word, or cannot be written.</summary>
    internal abstract string? Write(TBase part, Vocabulary<TBase> vocabulary);

    /// <summary>Type and range of an argument; null where the word has none of this name.</summary>
    internal virtual ValueKind? KindOf(string argument) => null;

    /// <summary>An argument of a part; null where it has none of this name.</summary>
    internal virtual object? Get(TBase part, string argument, Vocabulary<TBase> vocabulary) => null;

    /// <summary>The part with another value of an argument that it has.</summary>
    internal virtual TBase? With(TBase part, string argument, object value, Vocabulary<TBase> vocabulary) => null;
}

/// <summary>
/// A word for a part whose numbers are plain values. They are set one after the other, in the order in which they are declared, so that the
/// default of one may depend on those before it. The prototype holds the defaults.
/// </summary>
/// <param name="name">The word.</param>
/// <param name="meaning">What it does, in a few words.</param>
/// <param name="prototype">The defaults.</param>
/// <param name="make">The part of the values.</param>
/// <param name="read">The values of a part; null where it is another.</param>
/// <typeparam name="TBase">What is described, such as <c>Optimizer</c>.</typeparam>
/// <typeparam name="T">The part itself where it holds its values, or a record of them.</typeparam>
public sealed class Word<TBase, T>(string name, string meaning, T prototype, Func<T, TBase> make, Func<TBase, T?> read)
    : Word<TBase>(name, meaning)
    where TBase : class
    where T : class
{
    private readonly List<Argument> arguments = [];
    private Func<T, bool>? isWritable;
    private bool isShown;

    /// <summary>A word for a class that holds its values itself.</summary>
    /// <param name="name">The word.</param>
    /// <param name="meaning">What it does, in a few words.</param>
    /// <param name="prototype">The defaults.</param>
    public Word(string name, string meaning, T prototype) : this(
        name, meaning, prototype, part => (TBase)(object)part, part => part.GetType() == typeof(T) ? (T)(object)part : null)
    {
    }

    private sealed record Argument(Setting<T> Setting, bool IsNamed, bool IsRequired, bool IsSwitch)
    {
        public string Name => Setting.Name;
    }

    /// <inheritdoc/>
    public override string Usage
    {
        get
        {
            var texts = arguments.Select(argument => argument switch
            {
                { IsRequired: true } => argument.Name,
                { IsSwitch: true } => $"[{argument.Name}]",
                { IsNamed: true } => $"[{argument.Name}={argument.Setting.Format(prototype)}]",
                _ => $"[{argument.Name}]",
            });
            return string.Join(' ', texts.Prepend(Name));
        }
    }

    internal Word<TBase, T> Number(string name, Func<T, double> get, Func<T, float, T> set, bool isNamed = false) =>
        Add(new(name, "", ValueKind.Single, given => (float)get(given), (given, value) => set(given, (float)value)), isNamed);

    /// <summary>A number.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="meaning">What it does, in one line.</param>
    /// <param name="get">The number of a part.</param>
    /// <param name="set">A part with another number.</param>
    /// <param name="kind">Its range.</param>
    /// <param name="isNamed">Whether it is written with its name; otherwise it has a place.</param>
    /// <param name="isRequired">Whether it must be there.</param>
    public Word<TBase, T> Real(
        string name, string meaning, Func<T, double> get, Func<T, double, T> set, ValueKind kind, bool isNamed = true,
            bool isRequired = false) =>
        Add(Setting<T>.Real(name, meaning, get, set, kind), isNamed, isRequired);

    /// <summary>A whole number.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="get">The number of a part.</param>
    /// <param name="set">A part with another number.</param>
    /// <param name="isNamed">Whether it is written with its name; otherwise it has a place.</param>
    /// <param name="isRequired">Whether it must be there.</param>
    /// <param name="meaning">What it does, in one line.</param>
    /// <param name="least">The least value; that of the type where null.</param>
    /// <param name="most">The greatest value; that of the type where null.</param>
    public Word<TBase, T> Whole<TNumber>(
        string name, Func<T, TNumber> get, Func<T, TNumber, T> set, bool isNamed = false, bool isRequired = false, string meaning = "",
            TNumber? least = null,
        TNumber? most = null) where TNumber : struct, IBinaryInteger<TNumber>, IMinMaxValue<TNumber> => Add(
            new(
                name, meaning, least is { } from
                    ? ValueKind.Whole(Int128.CreateChecked(from), Int128.CreateChecked(most ?? TNumber.MaxValue)) : new Bounded<TNumber>(),
                given => Int128.CreateChecked(get(given)), (given, value) => set(given, TNumber.CreateChecked((Int128)value))),
            isNamed, isRequired);

    /// <summary>Two numbers, written with a colon between them.</summary>
    internal Word<TBase, T> Range(string name, Func<T, (float Lower, float Upper)> get, Func<T, (float Lower, float Upper), T> set) =>
        Add(new(name, "", ValueKind.Range, given => get(given), (given, value) => set(given, ((float, float))value)));

    /// <summary>A value of an enumeration.</summary>
    /// <param name="name">Its name, which is written with it.</param>
    /// <param name="get">The value of a part.</param>
    /// <param name="set">A part with another value.</param>
    /// <param name="meaning">What it does, in one line.</param>
    /// <param name="words">The words of the values, in their order; their names where left out.</param>
    public Word<TBase, T> Choice<TEnum>(string name, Func<T, TEnum> get, Func<T, TEnum, T> set, string meaning = "", params string[] words)
        where TEnum : struct, Enum =>
        Add(Setting<T>.Choice(name, meaning, get, set,
            words.Length > 0 ? words : [.. Enum.GetNames<TEnum>().Select(word => word.ToLowerInvariant())]));

    /// <summary>Yes or no, written so.</summary>
    internal Word<TBase, T> Flag(string name, Func<T, bool> get, Func<T, bool, T> set) =>
        Add(new(name, "", ValueKind.YesNo, given => get(given), (given, value) => set(given, (bool)value)));

    /// <summary>What is not so unless its name stands there.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="meaning">What it does, in one line.</param>
    /// <param name="get">Whether it is so.</param>
    /// <param name="set">A part of which it is so, or not.</param>
    public Word<TBase, T> Switch(string name, string meaning, Func<T, bool> get, Func<T, bool, T> set)
    {
        arguments.Add(new(Setting<T>.Flag(name, meaning, get, set), IsNamed: true, IsRequired: false, IsSwitch: true));
        return this;
    }

    /// <summary>A value with a text form of its own.</summary>
    internal Word<TBase, T> Value(string name, string kind, Func<T, string> format, Func<T, string, T?> set) => Add(new(
        name, "", ValueKind.Described(kind, text => set(prototype, text) is null ? throw new UsageException("") : text),
            given => format(given),
        (given, value) => set(given, (string)value)!));

    /// <summary>Any other value.</summary>
    /// <param name="setting">Name, type and range.</param>
    /// <param name="isNamed">Whether it is written with its name; otherwise it has a place.</param>
    /// <param name="isRequired">Whether it must be there.</param>
    public Word<TBase, T> Add(Setting<T> setting, bool isNamed = true, bool isRequired = false)
    {
        arguments.Add(new(setting, isNamed, isRequired, IsSwitch: false));
        return this;
    }

    /// <summary>Says which parts the options describe completely; others have no text.</summary>
    internal Word<TBase, T> Where(Func<T, bool> condition)
    {
        isWritable = condition;
        return this;
    }

    /// <summary>Has the arguments without names always written, because people want to see them.</summary>
    internal Word<TBase, T> Shown()
    {
        isShown = true;
        return this;
    }

    internal override TBase Make(DescribedStep step, Vocabulary<TBase> vocabulary, TBase? basis)
    {
        if (step.Groups is not null) throw new UsageException($"'{Name}' takes no brackets.");
        var given = Bind(step);
        var result = prototype;
        foreach (var argument in arguments)
        {
            var value = given.TryGetValue(argument, out var text)
                ? argument.Setting.Kind.Read($"{argument.Name} of '{Name}'", text)
                : argument.IsRequired
                    ? (basis is null ? null : vocabulary.Get(basis, argument.Name))
                        ?? throw new UsageException($"'{Name}' needs {argument.Name}: {Usage}.")
                    : null;
            if (value is not null) result = argument.Setting.With(result, value);
        }
        return make(result);
    }

    internal override string? Write(TBase part, Vocabulary<TBase> vocabulary)
    {
        if (read(part) is not { } given || isWritable?.Invoke(given) == false) return null;
        var (words, result) = (new List<string> { Name }, prototype);
        var last = arguments.FindLastIndex(argument => !argument.IsNamed
            && (isShown || argument.IsRequired || argument.Setting.Format(given) != argument.Setting.Format(prototype)));
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            var text = argument.Setting.Format(given);
            if (argument.IsNamed ? !argument.IsRequired && text == argument.Setting.Format(result) : i > last) continue;
            words.Add(!argument.IsNamed ? text : argument.IsSwitch && argument.Setting.Value(given) is true ? argument.Name
                : $"{argument.Name}={text}");
            result = argument.Setting.With(result, argument.Setting.Value(given)!);
        }
        return string.Join(' ', words);
    }

    internal override ValueKind? KindOf(string argument) => arguments.Find(one => one.Name == argument)?.Setting.Kind;

    internal override object? Get(TBase part, string argument, Vocabulary<TBase> vocabulary) =>
        read(part) is { } given ? arguments.Find(one => one.Name == argument)?.Setting.Value(given) : null;

    internal override TBase? With(TBase part, string argument, object value, Vocabulary<TBase> vocabulary) =>
        read(part) is { } given && arguments.Find(one => one.Name == argument) is { } found ? make(found.Setting.With(given, value)) : null;

    private Dictionary<Argument, string> Bind(DescribedStep step)
    {
        var given = new Dictionary<Argument, string>();
        var positional = arguments.Where(argument => !argument.IsNamed).ToList();
        var next = 0;
        foreach (var (name, value) in step.Arguments)
        {
            var isSwitch = name is null
                && arguments.Exists(argument => argument.IsSwitch
                && string.Equals(argument.Name, value, StringComparison.OrdinalIgnoreCase));
            var argument = name is null && !isSwitch
                ? positional.ElementAtOrDefault(next++)
                    ?? throw new UsageException($"'{value}' is one value too many for '{Name}': {Usage}.")
                : arguments.Find(argument => string.Equals(argument.Name, name ?? value, StringComparison.OrdinalIgnoreCase))
                    ?? throw new UsageException($"'{Name}' has no "
                        + $"'{name}'.{NearestName.Suggest(name!, arguments.Select(argument => argument.Name))}");
            if (!given.TryAdd(argument, isSwitch ? "yes" : value)) throw new UsageException($"{argument.Name} of '{Name}' is given twice.");
        }
        return given;
    }

    /// <summary>A whole number within the limits of its type alone.</summary>
    private sealed class Bounded<TNumber> : ValueKind where TNumber : IBinaryInteger<TNumber>, IMinMaxValue<TNumber>
    {
        private static readonly ValueKind Limits = Whole(Int128.CreateChecked(TNumber.MinValue), Int128.CreateChecked(TNumber.MaxValue));

        public override string Text => "a whole number";

        public override object? Parse(string text) => Limits.Parse(text);

        public override string Format(object value) => Limits.Format(value);
    }
}

/// <summary>A word with other steps in brackets, and at most one value.</summary>
/// <param name="name">The word.</param>
/// <param name="parameter">The name of the value; null for none.</param>
/// <param name="meaning">What it does, in a few words.</param>
/// <param name="isChoice">Whether bars divide the steps into several.</param>
/// <param name="make">The part of the value and the steps.</param>
/// <param name="read">Value and steps of a part; null where it is another.</param>
/// <param name="otherwise">The value where it is left out; null where it must be there.</param>
/// <param name="kind">Type and range of the value; a number in single precision where null.</param>
internal sealed class GroupWord<TBase>(
    string name, string? parameter, string meaning, bool isChoice, Func<object, IReadOnlyList<TBase>, TBase> make,
    Func<TBase, (object Value, IReadOnlyList<TBase> Parts)?> read, object? otherwise = null, ValueKind? kind = null)
        : Word<TBase>(name, meaning)
    where TBase : class
{
    private readonly ValueKind kind = kind ?? ValueKind.Single;

    public override string Usage => $"{Name} "
        + $"{(parameter is null ? "" : otherwise is null ? parameter + " " : $"[{parameter}] ")}{(isChoice ? "(... | ...)" : "(...)")}";

    internal override TBase Make(DescribedStep step, Vocabulary<TBase> vocabulary, TBase? basis)
    {
        if (step.Groups is null || (!isChoice && step.Groups.Count > 1)) throw new UsageException($"'{Name}' is written {Usage}.");
        if (step.Arguments.Count > (parameter is null ? 0
            : 1)) throw new UsageException($"'{Name}' is written {Usage}: received {step.Arguments.Count} values before the bracket.");
        var value = otherwise;
        if (step.Arguments is [var (given, text)])
        {
            var shown = given is null || string.Equals(given, parameter, StringComparison.OrdinalIgnoreCase) ? text : null;
            value = (shown is null ? null : kind.Parse(text))
                ?? throw new UsageException($"{parameter} of '{Name}' is {kind.Text}: received "
                    + $"'{(given is null ? text : $"{given}={text}")}'.");
        }
        else if (parameter is not null && otherwise is null) throw new UsageException($"'{Name}' needs {parameter}: {Usage}.");
        return make(value!, [.. step.Groups.Select(group => vocabulary.Make(group, basis))]);
    }

    internal override string? Write(TBase part, Vocabulary<TBase> vocabulary)
    {
        if (read(part) is not { } content) return null;
        var value = parameter is null || content.Value.Equals(otherwise) ? "" : kind.Format(content.Value) + " ";
        return $"{Name} {value}({string.Join(" | ", content.Parts.Select(vocabulary.Write))})";
    }

    internal override object? Get(TBase part, string argument, Vocabulary<TBase> vocabulary) =>
        read(part) is { Parts: [var only] } ? vocabulary.Get(only, argument) : null;

    internal override TBase? With(TBase part, string argument, object value, Vocabulary<TBase> vocabulary) =>
        read(part) is { Parts: [var only] } content ? make(content.Value, [vocabulary.With(only, argument, value)]) : null;
}
