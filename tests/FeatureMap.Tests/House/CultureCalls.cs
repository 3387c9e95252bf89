using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace FeatureMap.Tests.House;

/// <summary>
/// Calls in a built assembly whose result depends on the culture of the user: numbers that become texts, or texts that become numbers,
/// without a format provider.
/// </summary>
internal static class CultureCalls
{
    private static readonly string[] Numbers =
        ["SByte", "Int16", "Int32", "Int64", "Int128", "Half", "Single", "Double", "Decimal", "DateTime", "DateTimeOffset", "BigInteger"];
    private static readonly string[] Unsigned = ["Byte", "UInt16", "UInt32", "UInt64", "UInt128"];

    /// <summary>Sentences that name the call and the methods that make it.</summary>
    public static IEnumerable<string> In(Assembly assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        var reader = file.GetMetadataReader();
        var calls = new Dictionary<int, string>();
        foreach (var handle in reader.MemberReferences)
            if (Member(reader, handle) is { } member && Depends(member.Type, member.Name, member.Parameters))
                calls[MetadataTokens.GetToken(handle)] = $"{member.Type}.{member.Name}({string.Join(", ", member.Parameters)})";
        for (var row = 1; row <= reader.GetTableRowCount(TableIndex.MethodSpec); row++)
        {
            var handle = MetadataTokens.MethodSpecificationHandle(row);
            var call = reader.GetMethodSpecification(handle);
            var arguments = call.DecodeSignature(Names.Provider, null);
            if (call.Method.Kind == HandleKind.MemberReference && Member(reader, (MemberReferenceHandle)call.Method) is { } member
                && (member.Type, member.Name) is ("String", "Join" or "Concat") or ("StringBuilder", "AppendJoin")
                && arguments.Any(Numbers.Contains))
                calls[MetadataTokens.GetToken(handle)] = $"{member.Type}.{member.Name}<{arguments[0]}>";
        }
        foreach (var handle in reader.MethodDefinitions)
        {
            var method = reader.GetMethodDefinition(handle);
            if (method.RelativeVirtualAddress == 0) continue;
            var code = file.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!;
            for (var at = 0; at + 5 <= code.Length; at++)
                if (code[at] is 0x28 or 0x6F && calls.TryGetValue(BitConverter.ToInt32(code, at + 1), out var call)) // call, callvirt
                    yield return $"{assembly.GetName().Name}: {Names.Of(reader, method.GetDeclaringType())}."
                        + $"{reader.GetString(method.Name)} calls {call}, which writes or reads as the user's machine does: "
                        + "write the value as $\"{value}\", give CultureInfo.InvariantCulture, or join with NumberRow.Join.";
        }
    }

    private static bool Depends(string type, string name, ImmutableArray<string> parameters)
    {
        if (parameters.Any(parameter => parameter is "IFormatProvider" or "CultureInfo" or "StringComparison")) return false;
        var isNumber = Numbers.Contains(type) || Unsigned.Contains(type);
        return (type, name) switch
        {
            ("Convert", "ToString") => parameters is [var one] && Numbers.Contains(one),
            (_, "ToString") => Numbers.Contains(type) || (Unsigned.Contains(type) && parameters.Length > 0), // "N0" has separators
            (_, "Parse" or "TryParse") => isNumber,
            ("String", "Format" or "ToLower" or "ToUpper" or "Compare") => true,
            ("StringBuilder", "Append" or "AppendLine") =>
                (parameters is [var one] && Numbers.Contains(one))
                || parameters.Any(parameter => parameter.Contains("Handler", StringComparison.Ordinal)),
            ("StringBuilder", "AppendFormat") => true,
            ("TextWriter" or "Console", "Write" or "WriteLine") => parameters is [var one] && Numbers.Contains(one),
            ("Convert", "ToDouble" or "ToSingle" or "ToInt32" or "ToInt64") => parameters is ["String"],
            _ => false,
        };
    }

    private static (string Type, string Name, ImmutableArray<string> Parameters)? Member(
        MetadataReader reader, MemberReferenceHandle handle)
    {
        var member = reader.GetMemberReference(handle);
        if (member.GetKind() != MemberReferenceKind.Method || member.Parent.Kind != HandleKind.TypeReference) return null;
        var type = reader.GetTypeReference((TypeReferenceHandle)member.Parent);
        return (
            reader.GetString(type.Name), reader.GetString(member.Name),
            member.DecodeMethodSignature(Names.Provider, null).ParameterTypes);
    }

    /// <summary>Types by their short names.</summary>
    private sealed class Names : ISignatureTypeProvider<string, object?>
    {
        public static readonly Names Provider = new();

        public static string Of(MetadataReader reader, TypeDefinitionHandle handle)
        {
            var type = reader.GetTypeDefinition(handle);
            return type.GetDeclaringType().IsNil
                ? reader.GetString(type.Name)
                : $"{Of(reader, type.GetDeclaringType())}.{reader.GetString(type.Name)}";
        }

        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) =>
            reader.GetString(reader.GetTypeDefinition(handle).Name);

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) =>
            reader.GetString(reader.GetTypeReference(handle).Name);

        public string GetTypeFromSpecification(
            MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public string GetSZArrayType(string elementType) => $"{elementType}[]";

        public string GetArrayType(string elementType, ArrayShape shape) => $"{elementType}[]";

        public string GetByReferenceType(string elementType) => elementType;

        public string GetPointerType(string elementType) => $"{elementType}*";

        public string GetPinnedType(string elementType) => elementType;

        public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

        public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) =>
            $"{genericType}<{string.Join(", ", typeArguments)}>";

        public string GetGenericMethodParameter(object? genericContext, int index) => $"!!{index}";

        public string GetGenericTypeParameter(object? genericContext, int index) => $"!{index}";

        public string GetFunctionPointerType(MethodSignature<string> signature) => "function";
    }
}
