using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Tests.House;

/// <summary>
/// Methods with a loop over registers, or on memory between such loops, that leave to the runtime when and how well they are compiled. It
/// watches them first, and what it then makes of them is by chance up to a third slower: measured, one image of MobileNet-v1 13 or 17 ms,
/// from process to process. It also weaves what it saw into whoever calls it, up to a limit behind which registers become calls:
/// <c>depthwise</c> judged 3,100 images/s in a process that had judged other networks, 10,800 where phases and those who run them are
/// whole.
/// </summary>
internal static class RegisterLoops
{
    // Bytes of code.
    private const int LongLoop = 100, LongChoice = 140, LongPhase = 60;

    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>Sentences that name the methods.</summary>
    public static IEnumerable<string> In(Assembly assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        var reader = file.GetMetadataReader();
        foreach (var handle in reader.MethodDefinitions)
        {
            var method = reader.GetMethodDefinition(handle);
            const MethodImplAttributes Compiled = MethodImplAttributes.AggressiveOptimization | MethodImplAttributes.AggressiveInlining;
            if (method.RelativeVirtualAddress == 0 || (method.ImplAttributes & Compiled) != 0) continue;
            var code = file.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!;
            var (works, loops) = Scan(code, reader);
            var fault = works.Any(work => loops.Any(loop => loop.First <= work && work <= loop.Last)) ? "loops over registers"
                : IsPhase(assembly.ManifestModule.ResolveMethod(MetadataTokens.GetToken(handle))!, code, reader)
                    ? "is a phase, or runs phases"
                : TakesPointers(reader, method) && code.Length >= (loops.Count > 0 ? LongLoop : LongChoice)
                    ? "works on memory, and is too long to become a part of its callers" : null;
            if (fault is not null)
                yield return $"{Name(reader, method.GetDeclaringType())}.{reader.GetString(method.Name)} {fault}: give it "
                    + "[MethodImpl(MethodImplOptions.AggressiveOptimization)].";
        }
    }

    // A piece of work that is more than a call, or a call of one; a lambda cannot carry the attribute where it is read.
    private static bool IsPhase(MethodBase method, byte[] code, MetadataReader reader)
    {
        if (method.Name.Contains("b__", StringComparison.Ordinal)) return false;
        var isWork = method is MethodInfo { ReturnType.Name: "Void" }
            && method.GetParameters().Any(parameter => parameter.ParameterType == typeof(WorkItem).MakeByRefType());
        return (isWork && code.Length >= LongPhase) || Calls(code).Any(token => RunsPhase(MetadataTokens.EntityHandle(token), reader));
    }

    private static bool RunsPhase(EntityHandle called, MetadataReader reader)
    {
        if (called.Kind != HandleKind.MethodDefinition) return false;
        var target = reader.GetMethodDefinition((MethodDefinitionHandle)called);
        return reader.GetString(target.Name) == nameof(PhaseAction.Invoke)
            && reader.GetString(reader.GetTypeDefinition(target.GetDeclaringType()).Name) == nameof(PhaseAction);
    }

    private static bool TakesPointers(MetadataReader reader, MethodDefinition method) =>
        reader.GetBlobBytes(method.Signature).Contains((byte)SignatureTypeCode.Pointer);

    private static IEnumerable<int> Calls(byte[] code) => Instructions(code)
        .Where(one => one.Code == OpCodes.Call || one.Code == OpCodes.Callvirt).Select(one => BitConverter.ToInt32(code, one.Operand));

    private static IEnumerable<(int Start, OpCode Code, int Operand)> Instructions(byte[] code)
    {
        for (var at = 0; at < code.Length;)
        {
            var start = at;
            var op = code[at] == 0xFE ? Codes[(short)(0xFE00 | code[at + 1])] : Codes[code[at]];
            at += op.Size;
            yield return (start, op, at);
            at += op.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }

    // Stores and multiply-adds of a type parameter, and from the target of each jump back to the jump.
    private static (List<int> Works, List<(int First, int Last)> Loops) Scan(byte[] code, MetadataReader reader)
    {
        var works = new List<int>();
        var loops = new List<(int First, int Last)>();
        foreach (var (start, op, at) in Instructions(code))
        {
            if (op.OperandType == OperandType.ShortInlineBrTarget) Jump(at + 1 + (sbyte)code[at]);
            if (op.OperandType == OperandType.InlineBrTarget) Jump(at + 4 + BitConverter.ToInt32(code, at));
            if (op == OpCodes.Call && IsWork(BitConverter.ToInt32(code, at))) works.Add(start);

            void Jump(int target)
            {
                if (target <= start) loops.Add((target, start));
            }
        }
        return (works, loops);

        bool IsWork(int token)
        {
            var handle = MetadataTokens.EntityHandle(token);
            if (handle.Kind != HandleKind.MemberReference) return false;
            var member = reader.GetMemberReference((MemberReferenceHandle)handle);
            return member.Parent.Kind == HandleKind.TypeSpecification
                && reader.GetString(member.Name) is nameof(Lanes512.Store) or nameof(Lanes512.Stream) or nameof(Lanes512.MultiplyAdd);
        }
    }

    private static string Name(MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        var name = reader.GetString(type.Name);
        return type.GetDeclaringType().IsNil ? name : $"{Name(reader, type.GetDeclaringType())}.{name}";
    }
}
