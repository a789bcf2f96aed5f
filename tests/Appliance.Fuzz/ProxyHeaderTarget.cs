using Appliance.Proxy.Edge;

namespace Appliance.Fuzz;

/// <summary>The header of the PROXY protocol: a refusal stays, and a header that is whole is the same whatever follows.</summary>
internal static class ProxyHeaderTarget
{
    public static void Check(byte[] bytes)
    {
        var whole = ProxyHeader.Read(bytes);
        for (var end = 0; end <= bytes.Length; end++)
        {
            switch (ProxyHeader.Read(bytes.AsSpan(0, end)))
            {
                case ProxyHeaderReading.Refused:
                    BrokenRuleException.Unless(whole is ProxyHeaderReading.Refused, "a refusal stays");
                    return;
                case ProxyHeaderReading.Done done:
                    BrokenRuleException.Unless(done.Equals(whole), "what follows a header changes nothing in it");
                    BrokenRuleException.Unless(done.Length <= end && done.Length <= ProxyHeader.MostBytes, "a header ends in its bytes");
                    return;
            }
        }
    }
}
