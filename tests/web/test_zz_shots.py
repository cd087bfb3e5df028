import threading
def test_shots(figures):
    from werkzeug.serving import make_server
    import time_machine
    for u in ("departments/D20","towns/331081100","towns/331081001","towns/331081103"):
        for m in ("2026-08","2026-09","2026-10"):
            c=figures.app.test_client(); r=c.get(f"/figures/{u}/report/{m}"); print(u,m,"上月" in r.text)
    r=figures.app.test_client().get("/figures/departments/D20/report/2026-10.pdf"); open("/tmp/figshots/r.pdf","wb").write(r.data)
    server = make_server("127.0.0.1", 0, figures.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    from playwright.sync_api import sync_playwright
    with sync_playwright() as p:
        b = p.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox","--disable-gpu"])
        for w in (360,1440):
            pg = b.new_page(locale="zh-CN",viewport={"width":w,"height":900})
            pg.on("console", lambda m: print("console", m.text))
            for name,u in {"over":"/figures?p=all","dep":"/figures/departments?p=all&by=on_time_rate","towns":"/figures/towns?p=all","cats":"/figures/categories?p=all","months":"/figures/months?p=all","one":"/figures/departments/D20?p=all","list":"/figures/list?count=closing_due&p=all","about":"/figures/about","paper":"/figures/departments/D20/report/2026-10"}.items():
                pg.goto(f"http://127.0.0.1:{server.port}{u}"); 
                pg.evaluate("document.querySelectorAll('img').forEach(i=>i.loading='eager')"); pg.wait_for_timeout(300)
                sw=pg.evaluate("document.documentElement.scrollWidth")
                if sw>w: print("SCROLL",name,w,sw)
                pg.screenshot(path=f"/tmp/figshots/{name}-{w}.png", full_page=True)
        b.close()
    server.shutdown()
    assert 0
