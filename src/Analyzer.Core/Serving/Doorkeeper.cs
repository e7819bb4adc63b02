using Microsoft.AspNetCore.Http;

namespace Analyzer.Serving;

/// <summary>Lets in who has the key and only wants to look, and tells browsers what a page may do.</summary>
internal static class Doorkeeper
{
    // Styles that elements carry are those of the chart library; nothing else is allowed inline, and nothing from elsewhere.
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public static Task Admit(HttpContext context, AccessKey key, RequestDelegate next)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        response.Headers.CacheControl = "no-store";
        if (!key.Hosts.Contains(request.Host.Value, StringComparer.OrdinalIgnoreCase)) return Refuse(response, StatusCodes.Status403Forbidden, "This server answers to 127.0.0.1 and localhost only.");
        if (request.Method != HttpMethods.Get) return Refuse(response, StatusCodes.Status405MethodNotAllowed, "This server only shows: it takes GET and nothing else.");
        if (request.Query.TryGetValue("token", out var token) && key.Opens(token))
        {
            response.Cookies.Append(key.Cookie, key.Token, new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/" });
            var others = QueryString.Create(request.Query.Where(q => q.Key != "token"));
            // One slash: two would name another host.
            response.Redirect($"/{request.Path.ToUriComponent().TrimStart('/')}{others.ToUriComponent()}");
            return Task.CompletedTask;
        }
        return key.Opens(request.Cookies[key.Cookie]) ? next(context)
            : Refuse(response, StatusCodes.Status403Forbidden, "This page needs the link that `analyzer serve` printed: open that one first, it has the token.");
    }

    private static Task Refuse(HttpResponse response, int status, string sentence)
    {
        response.StatusCode = status;
        response.ContentType = "text/plain; charset=utf-8";
        return response.WriteAsync(sentence + "\n");
    }
}
