using System.Text.Json;
using Appliance.Web.Control;

namespace Appliance.Web.CommandLine;

/// <summary>Answers for machines: the words of the control socket, indented.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions _indented = new(ControlSocket.Json) { WriteIndented = true };

    public static string LineOf<T>(T answer) => JsonSerializer.Serialize(answer, ControlSocket.Json);

    public static string Of<T>(T answer) => JsonSerializer.Serialize(answer, _indented);
}
